"""Two runs side by side on one machine do not get in each other's way."""

from __future__ import annotations

from tests.runs import FIRST, begin, end


def test_two_runs_side_by_side_end_well_in_folders_of_their_own(tmp_path):
    out = tmp_path / "out"
    places = [tmp_path / "one", tmp_path / "two"]
    runs = [begin(place, FIRST, "--bench", "benches/emulator.yaml", "--out", out) for place in places]
    ended = [end(process, place) for process, place in zip(runs, places, strict=True)]
    for one in ended:
        assert (one.cases, one.junit) == ({"PASS": 1}, 1), one.output
        assert one.code == 0
    folders = [one.folder for one in ended]
    assert len(set(folders)) == 2
    assert set(out.iterdir()) == set(folders)
