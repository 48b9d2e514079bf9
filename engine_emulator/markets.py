"""The made-up markets that the emulated engines know.

No company here is real, and all domains are under `.example` (RFC 2606): an emulated answer must
never say anything about anybody.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Seller:
    """Somebody an answer may name."""

    name: str
    domain: str
    weight: int
    """How often answers name it, compared with the others."""


@dataclass(frozen=True)
class Market:
    """What a question can be about."""

    words: tuple[str, ...]
    """A question with one of these is about this market."""
    thing: str
    sellers: tuple[Seller, ...]
    praise: tuple[str, ...]
    blame: tuple[str, ...]
    plain: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    """Pages of third parties: host and title."""


INVOICING = Market(
    words=("invoic", "bookkeep", "accounting", "ledger", "bill", "freelanc", "tax", "expense", "payment", "quote"),
    thing="invoicing tool",
    sellers=(
        Seller("Ledgerly", "ledgerly.example", 6),
        Seller("Countwise", "countwise.example", 8),
        Seller("FinchBooks", "finchbooks.example", 7),
        Seller("Invoxa", "invoxa.example", 5),
        Seller("Tallymint", "tallymint.example", 4),
        Seller("Paperquay", "paperquay.example", 2),
    ),
    praise=(
        "easy to set up, and its reminders are excellent",
        "the best reports in its class",
        "great value, with friendly and fast support",
        "a beautiful app that people love to use",
        "reliable bank feeds and a generous free plan",
    ),
    blame=(
        "powerful, but expensive and confusing for beginners",
        "support is slow, a common complaint",
        "a dated interface that frustrates many users",
        "recurring invoices have failed for some, which is a serious problem",
    ),
    plain=(
        "plans start at $9 a month",
        "covers invoices, quotes and expenses",
        "works in 40 countries",
        "has apps for iOS and Android",
    ),
    sources=(
        ("smallbizdesk.example", "The small business desk: invoicing tools compared"),
        ("toolradar.example", "Tool radar: accounting software"),
        ("forum.soloworkers.example", "Which invoicing app do you use?"),
        ("numbersmag.example", "Numbers magazine buyers' guide"),
    ),
)
BOOTS = Market(
    words=("boot", "hik", "trail", "trek", "backpack", "waterproof", "mountain", "outdoor", "shoe", "ankle"),
    thing="hiking boot",
    sellers=(
        Seller("Northpeak", "northpeak.example", 7),
        Seller("Alderfoot", "alderfoot.example", 8),
        Seller("Skarn", "skarn.example", 5),
        Seller("Velta Outdoor", "velta.example", 5),
        Seller("Fernway", "fernway.example", 4),
        Seller("Ostrava Trek", "ostravatrek.example", 2),
    ),
    praise=(
        "superb grip and a comfortable fit from the first day",
        "excellent in wet weather, and light",
        "great ankle support; testers love it",
        "the best value in this group",
        "durable, repairable and nice to look at",
    ),
    blame=(
        "sturdy, but heavy and uncomfortable to break in",
        "the waterproof lining failed in our test, a disappointment",
        "overpriced for what it offers",
        "poor durability: soles wear out too soon",
    ),
    plain=(
        "weighs 1,150 g a pair",
        "comes in three widths",
        "uses a rubber outsole with 5 mm lugs",
        "is sold in half sizes",
    ),
    sources=(
        ("trailjournal.example", "Trail journal: boots of the year"),
        ("gearbench.example", "Gear bench test: hiking boots"),
        ("forum.hillwalkers.example", "Boots for wide feet?"),
        ("fieldnotes.example", "Field notes: three seasons of boots"),
    ),
)
MARKETS = (INVOICING, BOOTS)


def market_of(question: str) -> Market:
    """The market a question is about; one with the names in the question itself when none is known."""
    lowered = question.lower()
    scores = [sum(word in lowered for word in market.words) for market in MARKETS]
    if max(scores):
        return MARKETS[scores.index(max(scores))]
    return _unknown(question)


def _unknown(question: str) -> Market:
    """For questions of other trades: whoever the question names, beside two who are nobody."""
    named = re.findall(r"(?<=[a-z,] )[A-Z][\w.-]+(?: [A-Z][\w.-]+)*", question)
    names = [*dict.fromkeys(named), "Acmeto", "Globexa"]
    sellers = tuple(Seller(name, f"{re.sub(r'[^a-z0-9]', '', name.lower())}.example", 3) for name in names)
    return Market((), "option", sellers, INVOICING.praise, BOOTS.blame, ("is widely available",), BOOTS.sources[1:2])
