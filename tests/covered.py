"""Holds a report of coverage against tests/coverage.toml: whichever file is below the floor stands there, with why.

It is run as `python -m tests.covered .venv/coverage/report.json`.
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

LISTED = Path(__file__).parent / "coverage.toml"


def objections(covered: Mapping[str, float], floor: float, reasons: Mapping[str, str]) -> Iterator[str]:
    """What a person has to look at: files below the floor without a reason, and reasons that nothing needs any more.

    `covered` has of each file how many percent of its lines and branches were run.
    """
    for name in sorted(covered.keys() | reasons.keys()):
        if name not in covered:
            yield f"{name}: is no file of ours"
        elif covered[name] >= floor and name in reasons:
            yield f"{name}: {covered[name]:.1f} %, and need not be listed"
        elif covered[name] < floor and not reasons.get(name, "").strip():
            yield f"{name}: {covered[name]:.1f} %, and no reason why"


def main(report: Path) -> int:
    """Says what is to be looked at. 1 when there is something."""
    files = json.loads(report.read_text())["files"]
    covered = {name: file["summary"]["percent_covered"] for name, file in files.items()}
    listed = tomllib.loads(LISTED.read_text())
    found = list(objections(covered, listed["floor"], listed["reasons"]))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
