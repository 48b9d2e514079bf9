"""What was learned: the numbers of a brand beside its competitors, each with its uncertainty."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from brand_svc.insights.statistics import Estimate, discoveries, p_of_ratios, p_of_shares, ratio, share
from brand_svc.insights.store.cell_sums import CellSum, cell_sums
from brand_svc.insights.store.citation_sums import CitationSum, citation_sums
from brand_svc.insights.store.learned import Learned, questions, tracked
from brand_svc.insights.store.name_sums import NameSum, name_sums
from brand_svc.insights.store.window import Split, Window


class Metric(StrEnum):
    """What is told of a name, each with its interval."""

    VISIBILITY = "visibility"
    SHARE_OF_VOICE = "share_of_voice"
    MEAN_POSITION = "mean_position"
    FIRST_PLACES = "first_places"
    MEAN_SENTIMENT = "mean_sentiment"
    CITATION_SHARE = "citation_share"


@dataclass(frozen=True)
class Change:
    """Against the days before."""

    previous: float
    p_value: float | None
    is_significant: bool


@dataclass
class Numbers:
    """The numbers of one name."""

    name: str
    is_brand: bool
    answers_named: int
    mentions: int
    citations: int
    firsts: int
    estimates: dict[Metric, Estimate]
    changes: dict[Metric, Change] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """The numbers of some answers."""

    key: str
    answers: int
    names: list[Numbers]
    calls: CellSum


@dataclass(frozen=True)
class Insights:
    """The numbers of a window, and how they split."""

    whole: Group
    answers_before: int | None
    series: list[Group]
    groups: list[Group]
    labels: dict[str, str]
    """What people know the groups' keys as."""


async def insights(learned: Learned, window: Window, bucket: Split | None, by: Split | None) -> Insights:
    """The brand's numbers beside its competitors'."""
    names = await tracked(learned)
    now = await _sums(learned, window, by)
    whole = now.whole(names)
    groups = now.groups(names) if by else {}
    series = (await _sums(learned, window, bucket)).groups(names) if bucket else {}
    answers_before = None
    if earlier := window.before():
        then = await _sums(learned, earlier, by)
        before = then.whole(names)
        if before.answers:
            past = then.groups(names) if by else {}
            answers_before = before.answers
            _compare([(whole, before), *((group, past[key]) for key, group in groups.items() if key in past)])
    return Insights(
        whole=whole,
        answers_before=answers_before,
        series=[series[key] for key in sorted(series)],
        groups=sorted(groups.values(), key=lambda group: (-group.answers, group.key)),
        labels=await _texts(learned) if by is Split.QUESTION else {},
    )


@dataclass(frozen=True)
class _Sums:
    """The sums of a window, by question and name, and by whatever else it is split by."""

    names: Sequence[NameSum]
    citations: Sequence[CitationSum]
    calls: Mapping[str, CellSum]

    def groups(self, tracked: Mapping[str, bool]) -> dict[str, Group]:
        """The numbers of each group."""
        rows: dict[str, list[NameSum]] = defaultdict(list)
        cited: dict[str, list[CitationSum]] = defaultdict(list)
        for row in self.names:
            rows[row.key].append(row)
        for page in self.citations:
            cited[page.key].append(page)
        return {key: _group(calls, rows[key], cited[key], tracked) for key, calls in self.calls.items()}

    def whole(self, tracked: Mapping[str, bool]) -> Group:
        """The numbers of all groups together: another query would count the same again."""
        calls = CellSum.of_all("", self.calls.values())
        return _group(calls, _names_added_up(self.names), _citations_added_up(self.citations), tracked)


async def _sums(learned: Learned, window: Window, split: Split | None) -> _Sums:
    return _Sums(
        await name_sums(learned, window, split),
        await citation_sums(learned, window, split),
        await cell_sums(learned, window, split),
    )


async def _texts(learned: Learned) -> dict[str, str]:
    return {str(key): question.text for key, question in (await questions(learned)).items()}


def _names_added_up(rows: Sequence[NameSum]) -> list[NameSum]:
    """The rows of all groups as one of each question and name, in one order."""
    found: dict[tuple[UUID, str], list[NameSum]] = defaultdict(list)
    for row in rows:
        found[row.query_id, row.name].append(row)
    return [
        NameSum("", *whose, *map(sum, zip(*(row[3:] for row in same), strict=True)))
        for whose, same in sorted(found.items(), key=lambda one: one[0])
    ]


def _citations_added_up(rows: Sequence[CitationSum]) -> list[CitationSum]:
    found: dict[tuple[UUID, str | None], int] = defaultdict(int)
    for row in rows:
        found[row.query_id, row.name] += row.citations
    return [CitationSum("", *whose, found[whose]) for whose in sorted(found, key=lambda key: (key[0], key[1] or ""))]


def _group(calls: CellSum, rows: Sequence[NameSum], cited: Sequence[CitationSum], tracked: Mapping[str, bool]) -> Group:
    """Turns sums by question and name into numbers."""
    questions = list(dict.fromkeys(row.query_id for row in rows))
    found = {(row.query_id, row.name): row for row in rows}
    pages: dict[tuple[UUID, str | None], int] = {(row.query_id, row.name): int(row.citations) for row in cited}
    answers = calls.answers

    def column(name: str, what: str) -> list[float]:
        return [float(getattr(found.get((query, name)), what, 0)) for query in questions]

    all_mentions = [sum(parts) for parts in zip(*(column(name, "mentions") for name in tracked), strict=True)]
    all_pages = _by_question(pages, questions)
    numbers = []
    for name, is_brand in tracked.items():
        named, mentions = int(sum(column(name, "named"))), column(name, "mentions")
        looked_through = int(sum(column(name, "answers")))
        firsts = int(sum(column(name, "firsts")))
        own_pages = [float(pages.get((query, name), 0)) for query in questions]
        estimates = {
            Metric.VISIBILITY: share(named, looked_through),
            Metric.SHARE_OF_VOICE: ratio(mentions, all_mentions, answers),
            Metric.MEAN_POSITION: ratio(column(name, "position_sum"), column(name, "placed")),
            Metric.FIRST_PLACES: share(firsts, looked_through),
            Metric.MEAN_SENTIMENT: ratio(column(name, "tone_sum"), column(name, "toned")),
            Metric.CITATION_SHARE: ratio(own_pages, all_pages, answers),
        }
        numbers.append(Numbers(name, is_brand, named, int(sum(mentions)), int(sum(own_pages)), firsts, estimates))
    numbers.sort(key=lambda one: (not one.is_brand, -one.answers_named, one.name))
    return Group(calls.key, answers, numbers, calls)


def _by_question(pages: Mapping[tuple[UUID, str | None], int], questions: Sequence[UUID]) -> list[float]:
    total: dict[UUID, float] = defaultdict(float)
    for (query, _), count in pages.items():
        total[query] += count
    return [total[query] for query in questions]


def _compare(pairs: Sequence[tuple[Group, Group]]) -> None:
    """Notes each number's change, and which of all are more than chance."""
    found: list[tuple[Numbers, Metric, float, float | None]] = []
    for group, past in pairs:
        earlier = {numbers.name: numbers for numbers in past.names}
        for numbers in group.names:
            before = earlier[numbers.name]
            for metric, now in numbers.estimates.items():
                then = before.estimates[metric]
                if now.value is not None and then.value is not None:
                    found.append((numbers, metric, then.value, _p_value(metric, numbers, before)))
    flags = discoveries([p for *_, p in found])
    for (numbers, metric, previous, p_value), is_significant in zip(found, flags, strict=True):
        numbers.changes[metric] = Change(previous, p_value, is_significant)


def _p_value(metric: Metric, now: Numbers, before: Numbers) -> float | None:
    if metric in (Metric.VISIBILITY, Metric.FIRST_PLACES):
        of = (now.answers_named, before.answers_named) if metric is Metric.VISIBILITY else (now.firsts, before.firsts)
        counts = now.estimates[metric].count, before.estimates[metric].count
        return p_of_shares((of[0], counts[0]), (of[1], counts[1]))
    return p_of_ratios(now.estimates[metric], before.estimates[metric])
