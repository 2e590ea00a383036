"""`python -m reports.html [RUN_DIR]`: the HTML report of a run, by default of the newest under `reports/out`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reports.html import ReportError, generate, newest_run

OUT = Path("reports/out")


def main(arguments: list[str] | None = None) -> int:
    """0: the page was made, its path is printed. 4: it was not, and why stands on stderr."""
    parser = argparse.ArgumentParser(prog="python -m reports.html", description=__doc__)
    parser.add_argument("run_dir", nargs="?", type=Path, help=f"the folder of a run; default: the newest in {OUT}")
    try:
        page = generate(parser.parse_args(arguments).run_dir or newest_run(OUT))
    except ReportError as reason:
        print(f"no report: {reason}", file=sys.stderr)
        return 4
    print(page)
    if len(list(page.parent.iterdir())) > 1:
        print(f"too big for one file; look at it with: python -m http.server --directory {page.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
