"""What makes up a brand, and what of it is right: names that stand for one only, questions asked once, true domains.

How many there may be is the contract's to say (brand.proto).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from answerbeat.errors import InvalidField, InvalidFields, Violation
from answerbeat.options import unknown_collectors
from reading.citations import bare_domain

BLANK = "must not be blank"
DOMAIN = re.compile(r"(?:(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
"""Labels of letters, digits and inner hyphens, the last not a number (RFC 1123, and international ones)."""


@dataclass(frozen=True)
class CompetitorContent:
    """A competitor, as a person gives it."""

    name: str
    aliases: Sequence[str]
    domains: Sequence[str]


@dataclass(frozen=True)
class QuestionContent:
    """A question, as a person gives it."""

    id: str
    """Of the question that it is to be; empty for whichever has the same words, else a new one."""
    text: str
    is_active: bool
    locale: str | None
    country: str | None
    is_branded: bool | None = None
    """Whether it names the brand, as a person says; None leaves it to the reader's rules."""


@dataclass(frozen=True)
class TopicContent:
    """A topic and its questions."""

    name: str
    queries: Sequence[QuestionContent]


@dataclass(frozen=True)
class BrandContent:
    """A brand, as a person gives it."""

    name: str
    aliases: Sequence[str]
    domains: Sequence[str]
    ai_models: Sequence[str]
    competitors: Sequence[CompetitorContent]
    topics: Sequence[TopicContent]


def accepted(content: BrandContent) -> BrandContent:
    """The content as it is kept: words without white space around them, bare domains. Raises InvalidFields."""
    check(content)
    return replace(
        content,
        name=content.name.strip(),
        aliases=[*map(str.strip, content.aliases)],
        domains=[*map(bare_domain, content.domains)],
        competitors=[
            CompetitorContent(rival.name.strip(), [*map(str.strip, rival.aliases)], [*map(bare_domain, rival.domains)])
            for rival in content.competitors
        ],
        topics=[
            TopicContent(topic.name.strip(), [replace(query, text=query.text.strip()) for query in topic.queries])
            for topic in content.topics
        ],
    )


def check_name(name: str) -> str:
    """A customer's name as it is kept. Raises InvalidField."""
    if not name.strip():
        raise InvalidField("name", BLANK)
    return name.strip()


def check(content: BrandContent) -> None:
    """What a message can't state by itself. Raises InvalidFields, naming each field at fault."""
    found = unknown_collectors(list(content.ai_models), "ai_models")
    names = [("name", content.name), *((f"competitors[{i}].name", c.name) for i, c in enumerate(content.competitors))]
    spellings = [*names, *((field, word) for field, word in _words_of(content) if "aliases[" in field)]
    found += _repeated(spellings, "is given twice; each name and alias must stand for one only")
    found += [Violation(field, BLANK) for field, value in (*names, *_words_of(content)) if not value.strip()]
    found += _repeated(
        [(f"topics[{i}].name", topic.name) for i, topic in enumerate(content.topics)], "is given twice; join the two"
    )
    asked = [
        (f"topics[{i}].queries[{j}].text", f"{query.text.strip()}|{query.locale}|{query.country}")
        for i, topic in enumerate(content.topics)
        for j, query in enumerate(topic.queries)
    ]
    found += _repeated(asked, "is asked already, in the same locale and country")
    owners = [("domains", content.domains)]
    owners += [(f"competitors[{i}].domains", rival.domains) for i, rival in enumerate(content.competitors)]
    found += [
        Violation(f"{field}[{i}]", f"{domain!r} is not a domain, such as example.com")
        for field, domains in owners
        for i, domain in enumerate(domains)
        if not _is_domain(domain)
    ]
    if found:
        raise InvalidFields(*found)


def _words_of(content: BrandContent) -> Iterator[tuple[str, str]]:
    """All further texts, by their fields."""
    for i, alias in enumerate(content.aliases):
        yield f"aliases[{i}]", alias
    for i, rival in enumerate(content.competitors):
        yield from ((f"competitors[{i}].aliases[{j}]", alias) for j, alias in enumerate(rival.aliases))
    for i, topic in enumerate(content.topics):
        yield f"topics[{i}].name", topic.name
        yield from ((f"topics[{i}].queries[{j}].text", query.text) for j, query in enumerate(topic.queries))


def _repeated(values: list[tuple[str, str]], message: str) -> list[Violation]:
    seen: set[str] = set()
    found = []
    for field, value in values:
        folded = value.strip().casefold()
        if folded in seen:
            found.append(Violation(field, f"{value.partition('|')[0]!r} {message}"))
        seen.add(folded)
    return found


def _is_domain(domain: str) -> bool:
    try:
        host = bare_domain(domain)
    except ValueError:
        return False
    return DOMAIN.fullmatch(host) is not None
