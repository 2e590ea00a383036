"""The vote: when frames decide, when they do not, and what is said of a display while they do not."""

from __future__ import annotations

import pytest

from harness.evidence.bench import Screen
from harness.rig.camera.vote import GIVEN_UP, NOT_RED, VOTES, Doubt, Film, Frame, Look, Reading, spelled, vote

ONLINE, OFFLINE = Look("POS Online", 0.98, "white"), Look("POS Offline", 0.98, "red")
BLANK = Look("", 0.0, "")


def seen(text: str, colour: str, sure: float = 0.98) -> Look:
    return Look(text, sure, colour)


TABLE = {
    "all agree": ([ONLINE] * 5, Screen("POS Online", "white")),
    "one of five sees nothing": ([OFFLINE] * 4 + [BLANK], Screen("POS Offline", "red")),
    "two of five see nothing": ([OFFLINE] * 3 + [BLANK] * 2, None),
    "four frames are no vote": ([ONLINE] * 4, None),
    "between two screens": ([OFFLINE] * 3 + [ONLINE] * 2, None),
    "a zero for an O": ([seen("P0S 0nline", "green")] * 5, Screen("POS Online", "green")),
    "a one for an l": ([seen("POS Off1ine", "red")] * 5, Screen("POS Offline", "red")),
    "online in red is not believed": ([seen("POS Online", "red")] * 5, None),
    "online in a colour that cannot be told": ([seen("POS Online", "")] * 5, None),
    "online in a colour that is not red": ([seen("POS Online", NOT_RED)] * 5, Screen("POS Online", "")),
    "online in red in one frame of five": ([ONLINE] * 4 + [seen("POS Online", "red")], None),
    "offline in a colour that is not red": ([seen("POS Offline", NOT_RED)] * 5, None),
    "offline in white, not sure of a letter": (
        [seen("POS Offline", "white", 0.4)] * 5,
        Screen("POS Offline", "white"),
    ),
    "offline in white, all agree": ([seen("POS Offline", "white")] * 5, Screen("POS Offline", "white")),
    "offline in white, but for one": ([seen("POS Offline", "white")] * 4 + [OFFLINE], None),
    "offline in a colour that cannot be told": ([seen("POS Offline", "")] * 5, None),
    "another letter case": ([seen("POS ONLINE", "white")] * 5, Screen("POS ONLINE", "white")),
    "another letter case, but for one": ([seen("POS online", "white")] * 4 + [ONLINE], None),
    "another text": ([seen("Connected", "green")] * 5, Screen("Connected", "green")),
    "another text, not sure": ([seen("Connected", "green", 0.5)] * 5, None),
    "another text, one frame not sure at all": ([seen("Connected", "green")] * 4 + [seen("Connected", "", 0.1)], None),
    "another text in a changing colour": (
        [seen("Connected", "green")] * 4 + [seen("Connected", "")],
        Screen("Connected", ""),
    ),
    "capitals in a colour that cannot be told": ([seen("POS OFFLINE", "")] * 5, None),
    "a space that may be lost": ([seen("POSOnline", "white")] * 5, None),
    "a space that may be lost in capitals": ([seen("POSOFFLINE", "red")] * 5, None),
    "nothing at all": ([BLANK] * 5, None),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_vote(name):
    looks, screen = TABLE[name]
    assert vote(looks, coloured=True, fine=True) == screen


def test_without_colours_the_text_must_be_seen_by_all():
    four, five = [seen("POS Online", "red")] * 4, [seen("POS Online", "red")] * 5
    assert vote(five, coloured=False, fine=True) == Screen("POS Online", "")
    assert vote([*four, BLANK], coloured=False, fine=True) is None


def test_from_far_away_nothing_is_accused():
    for look in (seen("POS ONLINE", "white"), seen("POS Offline", "white"), seen("Connected", "green")):
        assert vote([look] * 5, coloured=True, fine=False) is None
    assert vote([OFFLINE] * 5, coloured=True, fine=False) == Screen("POS Offline", "red")


@pytest.mark.parametrize("text", ["POS ONLINE", "Pos Online", "POS Onlime", "P0S"])
def test_only_signs_that_look_the_same_are_one(text):
    assert spelled(text) == text


# ---- Film ------------------------------------------------------------------------------------------------------------


class Watched:
    """A film that is shown frames, one a second, each taken within a tenth of it."""

    def __init__(self) -> None:
        self.film = Film(coloured=True, fine=True)
        self.told: list[Reading | Doubt] = []
        self.second = 0

    def see(self, *looks: Look) -> Watched:
        for look in looks:
            told = self.film.see(Frame(look, self.second, self.second + 0.1, None))
            self.told += [told] if told is not None else []
            self.second += 1
        return self

    @property
    def screens(self) -> list[tuple[str, float]]:
        """What was told, with the second at which it was asked for."""
        return [(told.screen.text if isinstance(told, Reading) else "unread", told.frame.asked) for told in self.told]


def test_a_screen_is_told_once_and_dated_by_its_first_frame():
    watched = Watched().see(*[OFFLINE] * 7, *[ONLINE] * 6)
    assert watched.screens == [("POS Offline", 0), ("POS Online", 7)]


def test_a_screen_may_have_come_up_since_the_last_frame_that_showed_the_one_before():
    watched = Watched().see(*[OFFLINE] * 5, BLANK, BLANK, *[ONLINE] * 5)
    assert [told.late for told in watched.told] == [0.0, pytest.approx(7.1 - 4)]


def test_another_colour_of_the_same_letters_is_no_other_screen_unless_they_say_offline():
    watched = Watched().see(*[ONLINE] * 5, *[seen("POS Online", "cyan")] * 9, *[seen("POS Online", NOT_RED)] * 5)
    assert watched.screens == [("POS Online", 0)]
    watched.see(*[OFFLINE] * 5, *[seen("POS Offline", "white")] * 5)
    assert watched.screens[1:] == [("POS Offline", 19), ("POS Offline", 24)]


def test_a_glimpse_is_no_screen():
    assert Watched().see(*[ONLINE] * 5, OFFLINE, BLANK, *[ONLINE] * 5).screens == [("POS Online", 0)]


def test_what_cannot_be_read_is_told_once_from_where_it_began():
    watched = Watched().see(*[ONLINE] * 5, *[BLANK] * (3 * GIVEN_UP), *[ONLINE] * 5)
    unread = VOTES + 3 * GIVEN_UP
    assert watched.screens == [("POS Online", 0), ("unread", 5), ("POS Online", unread)]
    assert "nothing legible" in watched.told[1].why


def test_a_doubt_stands_from_the_first_frame_that_does_not_show_what_was_read():
    watched = Watched().see(*[ONLINE] * 5)
    assert watched.film.doubt is None
    watched.see(OFFLINE, OFFLINE)
    assert watched.film.doubt is not None
    assert watched.film.doubt.frame.asked == 5
    assert watched.see(ONLINE).film.doubt is None


def test_before_the_first_vote_there_is_a_doubt():
    assert Watched().see(ONLINE).film.doubt is not None


def test_what_is_forgotten_is_told_again():
    watched = Watched().see(*[ONLINE] * 5)
    watched.film.forget()
    assert watched.see(*[ONLINE] * 5).screens == [("POS Online", 0), ("POS Online", 5)]
