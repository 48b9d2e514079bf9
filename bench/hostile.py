"""Answers that are meant to take long: no answer may take more than a second to read, without tone."""

import time

from reading.reading import Reading
from tests.unit.hostile_answers import ANSWERS, NAMES

SHOWN = 5


def main() -> None:
    """Prints the slowest."""
    taken = {}
    for title, answer in ANSWERS.items():
        started = time.process_time()
        read = Reading(answer, NAMES)
        read.places()
        read.untracked()
        read.citations()
        taken[title] = time.process_time() - started
    print(f"{len(taken)} hostile answers, the slowest (aim: 1 s):")
    for title, seconds in sorted(taken.items(), key=lambda found: -found[1])[:SHOWN]:
        print(f"  {seconds:.2f} s  {title}")
