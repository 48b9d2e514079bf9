"""Reading answers: how many a second one core reads for the brand and five competitors, with tone and without."""

import time
from collections import Counter
from collections.abc import Callable

from engine_emulator.answers import MadeUp, make_up, markdown
from worker_svc.scoring import sentiment
from worker_svc.scoring.document import Link
from worker_svc.scoring.mentions import Name
from worker_svc.scoring.reading import Reading

ANSWERS = 300
TONED = 100
QUESTIONS = ("Which invoicing app is best in week {}?", "Which boots are best in week {}?")
PARTS = 2
"""Made-up answers of each kind that make one as long as engines' are."""


def main() -> None:
    """Prints answers a second, with their size: speed depends on it."""
    made = [[make_up(1, "chatgpt", q.format(i + j)) for q in QUESTIONS for j in range(PARTS)] for i in range(ANSWERS)]
    texts = ["\n\n".join(markdown(part, lambda page: f" ([source]({page.url}))") for part in parts) for parts in made]
    links = [[Link(page.url, page.title) for part in parts for page in part.pages] for parts in made]
    names = _names([part for parts in made for part in parts])
    length = sum(map(len, texts)) / len(texts)
    print(f"answers of {length:.0f} characters on average, {len(names)} names")
    Reading(texts[0], names).feelings()  # the model is read from disk once
    plain = _rate(lambda i: _read(texts[i], links[i], names), ANSWERS)
    toned = _rate(lambda i: _read_with_tone(texts[i], links[i], names), TONED)
    print(f"positions, mentions and citations: {plain:.0f} answers a second on one core (aim 300)")
    print(f"with tone: {toned:.0f} answers a second on one core (aim 25)")


def _names(answers: list[MadeUp]) -> list[Name]:
    """The six that these answers name most."""
    told = Counter(point.seller.name for answer in answers for point in answer.points)
    return [Name(name, is_brand=i == 0) for i, (name, _) in enumerate(told.most_common(6))]


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
