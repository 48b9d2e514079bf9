"""Reading answers: how many a second one core reads for the brand and five competitors, with tone and without."""

import time
from collections.abc import Callable

from bench.answers import long_answer, most_named
from reading import sentiment
from reading.document import Link
from reading.mentions import Name
from reading.reading import Reading

ANSWERS = 300
TONED = 100


def main() -> None:
    """Prints answers a second, with their size: speed depends on it."""
    answers = [long_answer(i) for i in range(ANSWERS)]
    texts, links, names = [a.text for a in answers], [a.links for a in answers], most_named(answers)
    length = sum(map(len, texts)) / len(texts)
    print(f"answers of {length:.0f} characters on average, {len(names)} names")
    Reading(texts[0], names).feelings()  # the model is read from disk once
    plain = _rate(lambda i: _read(texts[i], links[i], names), ANSWERS)
    toned = _rate(lambda i: _read_with_tone(texts[i], links[i], names), TONED)
    print(f"positions, mentions and citations: {plain:.0f} answers a second on one core (aim 300)")
    print(f"with tone: {toned:.0f} answers a second on one core (aim 25)")


def _read(text: str, links: list[Link], names: list[Name]) -> None:
    read = Reading(text, names, links)
    read.places()
    read.untracked()
    read.citations()


def _read_with_tone(text: str, links: list[Link], names: list[Name]) -> None:
    sentiment._judge.cache_clear()  # noqa: SLF001 - made-up answers repeat their sentences more than engines do
    _read(text, links, names)
    Reading(text, names).feelings()


def _rate(work: Callable[[int], object], count: int) -> float:
    started = time.process_time()
    for i in range(count):
        work(i)
    return count / (time.process_time() - started)
