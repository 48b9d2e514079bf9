"""Makes up an answer: the same for the same seed, engine and question, another for another."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from engine_emulator.markets import Market, Seller, market_of


@dataclass(frozen=True)
class MadeUpPage:
    """A page an answer cites."""

    url: str
    title: str


@dataclass(frozen=True)
class Point:
    """One item of an answer: somebody, what is said of them, and the page it is said to come from."""

    seller: Seller
    remark: str
    page: MadeUpPage


@dataclass(frozen=True)
class MadeUp:
    """An answer before it is put into an engine's format."""

    intro: str
    points: tuple[Point, ...]
    style: str
    """list, bullets, headings, table or prose."""
    outro: str
    search_query: str
    has_overview: bool
    """Whether Google shows an AI Overview."""
    needs_second_fetch: bool
    """Whether SerpApi hands a page token for it, or Claude pauses on the way."""
    text: str | None = None
    """The whole of it, where it is no prose about sellers."""

    @property
    def pages(self) -> list[MadeUpPage]:
        """The pages cited, each once, in order."""
        return list(dict.fromkeys(point.page for point in self.points))


NOT_CITED = MadeUpPage("https://www.unread.example/overview", "What an engine finds and does not cite")
STYLES = {
    "chatgpt": ("list", "list", "headings", "prose"),
    "perplexity": ("bullets", "table", "list", "prose"),
    "google_aio": ("bullets", "list", "prose"),
    "google_ai_mode": ("bullets", "list", "prose"),
    "bing_copilot": ("bullets", "list", "prose"),
    "claude": ("list", "headings", "bullets", "prose"),
    "gemini": ("bullets", "headings", "table", "prose"),
    "mistral": ("list", "bullets", "headings"),
}


def make_up(seed: int, engine: str, question: str) -> MadeUp:
    """The answer of an engine to a question."""
    chance = random.Random(f"{seed}|{engine}|{question}")
    market = market_of(question)
    chosen = _choose(chance, market)
    return MadeUp(
        intro=_intro(chance, market),
        points=tuple(_point(chance, market, seller) for seller in chosen),
        style=chance.choice(STYLES.get(engine, ("list",))),
        outro=_outro(chance, chosen),
        search_query=f"{question.rstrip('?').lower()} review",
        has_overview=chance.random() < 0.92,
        needs_second_fetch=chance.random() < 0.3,
    )


def verbatim(text: str) -> MadeUp:
    """An answer that is just this text, without a search."""
    return MadeUp("", (), "list", "", "", has_overview=True, needs_second_fetch=False, text=text)


def markdown(answer: MadeUp, cite: Callable[[MadeUpPage], str]) -> str:
    """The answer as Markdown, with each engine's own way to cite."""
    if answer.text is not None:
        return answer.text
    if answer.style == "table":
        rows = [f"| **{p.seller.name}** | {p.remark}{cite(p.page)} |" for p in answer.points]
        body = "\n".join(["| Name | What to know |", "|---|---|", *rows])
    elif answer.style == "headings":
        body = "\n\n".join(
            f"### {i}. {p.seller.name}\n- **In short**: {p.remark}{cite(p.page)}"
            for i, p in enumerate(answer.points, start=1)
        )
    elif answer.style == "prose":
        body = " ".join(f"{p.seller.name}: {p.remark}.{cite(p.page)}" for p in answer.points)
    else:
        marks = [f"{i}." if answer.style == "list" else "-" for i in range(1, len(answer.points) + 1)]
        body = "\n".join(
            f"{m} **{p.seller.name}** – {p.remark}.{cite(p.page)}" for m, p in zip(marks, answer.points, strict=True)
        )
    return f"{answer.intro}\n\n{body}\n\n{answer.outro}"


def _choose(chance: random.Random, market: Market) -> list[Seller]:
    """Three to five sellers, the weightier the more likely and the further up."""
    ranked = sorted(market.sellers, key=lambda seller: chance.random() ** (1 / seller.weight), reverse=True)
    return ranked[: chance.randint(3, 5)]


def _point(chance: random.Random, market: Market, seller: Seller) -> Point:
    remark = chance.choice(chance.choices((market.praise, market.blame, market.plain), weights=(5, 2, 3))[0])
    return Point(seller, remark, _page(chance, market, seller))


def _page(chance: random.Random, market: Market, seller: Seller) -> MadeUpPage:
    if chance.random() < 0.35:
        return MadeUpPage(
            f"https://www.{seller.domain}/{chance.choice(('product', 'pricing', 'compare'))}", seller.name
        )
    host, title = chance.choice(market.sources)
    return MadeUpPage(f"https://{host}/{market.thing.replace(' ', '-')}s-2026", title)


def _intro(chance: random.Random, market: Market) -> str:
    return chance.choice(
        (
            f"There is no single best {market.thing}; it depends on what you need. These are named most often:",
            f"Here is how the options compare if you are looking for a good {market.thing}:",
            f"Based on recent reviews, these are worth a look as your next {market.thing}:",
        )
    )


def _outro(chance: random.Random, chosen: list[Seller]) -> str:
    return chance.choice(
        (
            f"If you are not sure, start with {chosen[0].name}.",
            f"On a budget, {chosen[-1].name} is a sensible pick.",
            "Check current prices before you decide.",
        )
    )
