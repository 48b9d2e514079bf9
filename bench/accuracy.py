"""How well answers are read, as the table of docs/reference/accuracy.md: make accuracy."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reading import sentiment
from reading.document import Link
from reading.mentions import Name
from reading.reading import Reading
from tests.paths import DATA

LABELS = {2: "negative", 4: "neutral", 6: "positive"}


def main() -> None:
    """Prints the table."""
    print("| what | cases | right | macro-F1 |")
    print("|---|---|---|---|")
    examples = _lines(DATA / "positions/examples.jsonl")
    print(
        f"| mentions, positions and citations of whole answers | {len(examples)} | {sum(map(_is_right, examples))} | |"
    )
    _tone("tone in the news (NewsMTSC, development split)", DATA / "sentiment/newsmtsc_dev.jsonl")
    _tone("tone in product talk (written for this project)", DATA / "sentiment/product_tone.jsonl")


def _is_right(example: dict[str, Any]) -> bool:
    brand = example["brand"]
    names = [
        Name(n["name"], tuple(n["aliases"]), tuple(n["domains"]), n is brand) for n in (brand, *example["competitors"])
    ]
    links = [Link(c, None) if isinstance(c, str) else Link(c["url"], c.get("title")) for c in example["api_citations"]]
    read = Reading(example["answer"], names, links)
    places = {name: vars(place) for name, place in read.places().items()}
    cited = [{"url": c.url, "domain": c.domain, "owner": c.owner} for c in read.citations()]
    return places == example["expected"] and cited == example["citations"]


def _tone(title: str, file: Path) -> None:
    cases = [(line["sentence_normalized"], target) for line in _lines(file) for target in line["targets"]]
    told = [sentiment.tone_of([sentiment.judge(said, t["from"], t["to"])]).label for said, t in cases]
    true = [LABELS[int(target["polarity"])] for _, target in cases]
    right = sum(a == b for a, b in zip(told, true, strict=True))
    scores = [_f1(label, told, true) for label in LABELS.values()]
    by_label = ", ".join(f"{label} {100 * f1:.1f}" for label, f1 in zip(LABELS.values(), scores, strict=True))
    print(f"| {title} | {len(cases)} | {right} | {100 * sum(scores) / 3:.1f} ({by_label}) |")


def _f1(label: str, told: Sequence[str], true: Sequence[str]) -> float:
    both = sum(a == b == label for a, b in zip(told, true, strict=True))
    return 2 * both / (told.count(label) + true.count(label))


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
