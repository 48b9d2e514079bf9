"""Reading an answer: cases as a person reads them, and what people write that no case has."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reading import citations, document, sentiment
from reading.document import Link, parse
from reading.mentions import Matcher, Name
from reading.reading import Reading
from tests.paths import DATA
from tests.unit.hostile_answers import ANSWERS, NAMES

EXAMPLES = [json.loads(line) for line in (DATA / "positions/examples.jsonl").read_text().splitlines()]
TOOLS = (Name("Notion", is_brand=True), Name("Coda"), Name("Obsidian"))


def names_of(example: dict) -> list[Name]:
    return [
        Name(n["name"], tuple(n["aliases"]), tuple(n["domains"]), n is example["brand"])
        for n in (example["brand"], *example["competitors"])
    ]


def found(text: str, *names: Name) -> list[tuple[str, str]]:
    return [(mention.name, text[mention.start : mention.end]) for mention in Matcher(names).find(text)]


def places(answer: str, names: tuple[Name, ...] = TOOLS) -> dict[str, int]:
    return {name: p.position for name, p in Reading(answer, names).places().items() if p.position}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["id"])
def test_examples_as_a_person_reads_them(example: dict) -> None:
    reading = Reading(example["answer"], names_of(example), [Link(c["url"], None) for c in example["api_citations"]])
    read = {name: {"mentions": p.mentions, "position": p.position} for name, p in reading.places().items()}
    assert read == example["expected"]
    assert [{"url": c.url, "domain": c.domain, "owner": c.owner} for c in reading.citations()] == example["citations"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Salesforce's price; Salesforce’s reports", 2),
        ("a Salesforce-based tool", 1),
        ("SALESFORCE and Salesforce", 2),
        ("salesforce in lower case is not the name", 0),
        ("Salesforces, XSalesforce, Salesforce_2, mySalesforce", 0),
        ("see Salesforce.com or www.Salesforce.com or me@Salesforce.com", 0),
        ("It ends with Salesforce.Then a full stop was forgotten", 1),
        ("**Salesforce**, _Salesforce_, (Salesforce), “Salesforce”", 4),
        ("使用Salesforce的人", 1),
        ("Salesforce/HubSpot and HubSpot/Salesforce", 2),
    ],
)
def test_a_mention_is_a_whole_word_of_the_text(text: str, expected: int) -> None:
    document = parse(text)
    matcher = Matcher([Name("Salesforce")])
    assert sum(len(matcher.find(passage.text)) for passage in document.passages) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Yahoo!", "Yahoo! is old", ["Yahoo!"]),
        ("C++ Builder", "I use C++  Builder", ["C++  Builder"]),
        ("L'Oréal", "L’Oréal leads", ["L’Oréal"]),
        ("Coca-Cola", "Coca‑Cola leads", ["Coca‑Cola"]),
        ("monday.com", "try Monday.com or monday.com", ["Monday.com", "monday.com"]),
        ("eBay", "EBAY and ebay", ["EBAY", "ebay"]),
        ("ソニー", "ソニーのヘッドホン", ["ソニー"]),
        ("삼성", "삼성은 좋다", ["삼성"]),
        ("سوني", "وسوني أفضل من مسوني", ["سوني"]),
        (".*", "a .* b", [".*"]),
    ],
)
def test_names_of_many_kinds_and_scripts_are_found(name: str, text: str, expected: list[str]) -> None:
    assert [words for _, words in found(text, Name(name))] == expected


def test_the_longest_alias_counts_and_each_stretch_once() -> None:
    zoho = Name("Zoho CRM", aliases=("Zoho",))
    books = Name("Zoho Books")
    assert found("Zoho CRM, Zoho Books, Zoho", zoho, books) == [
        ("Zoho CRM", "Zoho CRM"),
        ("Zoho Books", "Zoho Books"),
        ("Zoho CRM", "Zoho"),
    ]


def test_an_alias_of_two_goes_to_the_brand_whatever_the_order() -> None:
    ours, theirs = Name("Zeta", aliases=("Acme",), is_brand=True), Name("Alpha", aliases=("Acme",))
    assert found("Acme", theirs, ours) == found("Acme", ours, theirs) == [("Zeta", "Acme")]


def test_addresses_and_code_are_not_text() -> None:
    text = "`Notion` at https://notion.example/Notion and <https://x.example/Notion>\n\n```\nNotion\n```"
    assert Reading(text, TOOLS).places()["Notion"].mentions == 0


def test_marks_that_direct_text_do_not_hide_a_name() -> None:
    assert Reading("\u200fNot\u00adion\u200b leads", TOOLS).places()["Notion"].mentions == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("1. Coda\n2. Trello\n3. Notion", {"Coda": 1, "Notion": 3}),
        ("1. Coda\n\nIt is fine.\n\n2. Trello\n\nAlso fine.\n\n3. Notion", {"Coda": 1, "Notion": 3}),
        ("- Trello\n- Trello again\n- Notion", {"Notion": 3}),
        ("- **Trello** – a\n- **Trello** – b\n- **Notion** – c", {"Notion": 2}),
        ("Coda is nice.\n\n* Notion\n* Obsidian", {"Notion": 1, "Obsidian": 2, "Coda": 3}),
        ("- Free\n  - Notion\n  - Trello\n- Paid\n  - Coda", {"Notion": 1, "Coda": 3}),
        ("1. Notion\n   - Coda can import from it\n2. Obsidian", {"Notion": 1, "Obsidian": 2, "Coda": 3}),
        ("**1. Notion**\n\nGood.\n\n**2. Trello**\n\nOk.\n\n**3. Coda**\n\nHm.", {"Notion": 1, "Coda": 3}),
        ("## How to choose\nThink.\n## 1. Notion\nGood.\n## 2. Coda\nOk.\n## Verdict\nSo.", {"Notion": 1, "Coda": 2}),
        ("## Notion alternatives\n- Coda\n- Obsidian", {"Coda": 1, "Obsidian": 2, "Notion": 3}),
        ("| # | Tool |\n|---|---|\n| 1 | Trello |\n| 2 | [Notion](https://n.example) |", {"Notion": 2}),
        ("- Pros: fast\n- Cons: dear\n\nCoda beats Notion.", {"Coda": 1, "Notion": 2}),
        ("> 1. Notion\n> 2. Coda", {"Notion": 1, "Coda": 2}),
        ("- ✅ Notion\n- 🥈 Coda", {"Notion": 1, "Coda": 2}),
        ("- [ ] Obsidian\n- [x] Notion", {"Obsidian": 1, "Notion": 2}),
        ("", {}),
    ],
)
def test_positions(answer: str, expected: dict[str, int]) -> None:
    assert places(answer) == expected


@given(st.text(alphabet="abcdefg \n#*-|1.`", max_size=200))
def test_text_that_names_nobody_ranks_nobody_and_never_fails(text: str) -> None:
    reading = Reading(text, TOOLS)
    assert all(place.mentions == 0 and place.position is None for place in reading.places().values())
    assert reading.feelings() == {}


@given(st.permutations(TOOLS), st.sampled_from(["1. Coda\n2. Notion", "Obsidian, Coda", "| Notion |\n|---|\n| Coda |"]))
def test_the_order_of_competitors_does_not_matter(order: list[Name], answer: str) -> None:
    assert Reading(answer, order).places() == Reading(answer, TOOLS).places()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://WWW.Bose.com/p/QC/?utm_source=x&b=2&a=1&fbclid=3#top", "https://www.bose.com/p/QC?b=2&a=1"),
        ("https://bose.com:443/", "https://bose.com"),
        ("http://bose.com:8080/a/", "http://bose.com:8080/a"),
        ("https://user:secret@bose.com/a", "https://bose.com/a"),
        ("https://bose.com/a?x=1&x=2&utm_campaign=", "https://bose.com/a?x=1&x=2"),
        ("javascript:alert(1)", None),
        ("mailto:a@bose.com", None),
        ("/relative", None),
        ("https://", None),
        ("https://[::1/", None),
        ("https://bose.com/" + "a" * 3_000, None),
    ],
)
def test_addresses_in_one_spelling(url: str, expected: str | None) -> None:
    assert citations.clean(url) == expected


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.shop.example.co.uk", "example.co.uk"),
        ("www.ledgerly.example", "ledgerly.example"),
        ("192.168.0.1", "192.168.0.1"),
        ("localhost", "localhost"),
        ("user.github.io", "github.io"),
    ],
)
def test_a_host_belongs_to_its_registrable_domain(host: str, domain: str) -> None:
    assert citations.registrable_domain(host) == domain


def test_the_owner_is_who_has_the_longest_domain() -> None:
    names = [Name("Amazon", domains=("https://www.amazon.com/",)), Name("AWS", domains=("aws.amazon.com",))]
    assert citations.owner_of("docs.aws.amazon.com", names) == "AWS"
    assert citations.owner_of("www.amazon.com", names) == "Amazon"
    assert citations.owner_of("notamazon.com", names) is None


def test_a_citation_is_listed_once_and_takes_the_title_that_is_known() -> None:
    cited = citations.cite(
        [Link("https://a.example/x?utm_source=openai", None)], [Link("https://a.example/x/", "X")], [Name("N")]
    )
    assert [(c.url, c.title) for c in cited] == [("https://a.example/x", "X")]


def test_one_sentence_may_praise_one_and_blame_another() -> None:
    said = "Notion is great for small teams, but Coda is terrible and slow."
    tone = {name: sentiment.judge(said, said.index(name), said.index(name) + 4) for name in ("Notion", "Coda")}
    assert sentiment.tone_of([tone["Notion"]]).label == "positive"
    assert sentiment.tone_of([tone["Coda"]]).label == "negative"


def test_a_judgement_adds_up_and_does_not_depend_on_what_was_judged_before() -> None:
    said = "Coda is a fine tool."
    alone = sentiment.judge(said, 0, 4)
    assert sum((alone.negative, alone.neutral, alone.positive)) == pytest.approx(1)
    sentiment._judge.cache_clear()
    sentiment.judge("Something much longer that was judged before, of whatever kind and length.", 0, 9)
    assert sentiment.judge(said, 0, 4) == alone


def test_a_target_far_into_a_long_sentence_is_still_seen() -> None:
    said = "and so on, " * 2_000 + "while Coda is terrible, buggy and slow" + ", and so on" * 2_000
    at = said.index("Coda")
    assert sentiment.tone_of([sentiment.judge(said, at, at + 4)]).label == "negative"


PROSE = st.text(alphabet="abcdefghij klmno,;'", max_size=60).map(lambda words: f"So {words} it is.")


@given(st.permutations(TOOLS))
@settings(max_examples=6, deadline=None)
def test_the_order_of_competitors_does_not_matter_to_tone(order: list[Name]) -> None:
    answer = "1. Coda is good\n2. Obsidian\n3. Notion, slow and buggy"
    assert Reading(answer, order).feelings() == Reading(answer, TOOLS).feelings()


@given(st.sampled_from(EXAMPLES), st.lists(PROSE, max_size=3), st.lists(PROSE, max_size=3))
@settings(max_examples=60, deadline=None)
def test_text_that_names_nobody_changes_no_position(example: dict, before: list[str], after: list[str]) -> None:
    names = names_of(example)
    longer = "\n\n".join([*before, example["answer"], *after])
    assert Reading(longer, names).places() == Reading(example["answer"], names).places()


def test_names_that_lead_lists_and_are_not_tracked_are_told_as_they_are_written() -> None:
    read = Reading("1. **Roam Research** – graphs\n2. Notion\n3. ROAM RESEARCH again: no", TOOLS)
    assert read.untracked()["Roam Research"] == 1
    assert Reading("- Pros\n- Cons\n\nNotion is fine.", TOOLS).untracked() == {}


def test_tone_goes_to_whom_it_concerns() -> None:
    answer = "### Notion\n- Excellent and lovely\n\n### Coda\n- Terrible, a disaster\n\nObsidian works."
    feelings = Reading(answer, TOOLS).feelings()
    assert feelings["Notion"].tone.label == "positive"
    assert feelings["Coda"].tone.label == "negative"
    assert feelings["Obsidian"].tone.label == "neutral"
    assert "Excellent and lovely" in feelings["Notion"].sentences


@pytest.mark.parametrize("title", ANSWERS)
def test_hostile_answers_are_read(title: str) -> None:
    read = Reading(ANSWERS[title], NAMES)
    places = read.places()
    assert set(places) == {name.name for name in NAMES}
    assert all((place.position is None) == (place.mentions == 0) for place in places.values())
    assert all(page.url.startswith("http") for page in read.citations())


PIECES = (
    "Notion", " ", "\n", "//x.example/a", "https://x.example", "[a](https://b.example)", "<https://c.example>",
    "mailto:a@b.example", "a@b.example", "www.x.example", "1. ", "(", ")", "`//y`", "[d]: https://d.example\n",
    "](https://e.example)", "[", "\\", "`",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12))
@settings(max_examples=300, deadline=None)
def test_bare_links_are_looked_for_wherever_there_are_some(parts: list[str]) -> None:
    said = "".join(parts)
    whole = document.MARKDOWN[True].render(said)
    assert document.parser_for(said).render(said) == whole


def test_links_that_are_no_pages_are_no_citations_and_secrets_in_them_are_dropped() -> None:
    read = Reading("[x](javascript:alert(1)) [y](data:text/html,x) [z](https://user:secret@evil.example/p)", TOOLS)
    assert [page.url for page in read.citations()] == ["https://evil.example/p"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As told.[[1]](https://a.example/x)", [("https://a.example/x", None)]),
        ("As told [2](https://a.example/x).", [("https://a.example/x", None)]),
        (
            "See [the list](https://www.google.com/url?q=https://a.example/x&sa=U).",
            [("https://a.example/x", "the list")],
        ),
        (
            "See [it](https://translate.google.com/translate?u=https://a.example/x&sl=en).",
            [("https://a.example/x", "it")],
        ),
        ("See [more](https://www.google.com/search?q=boots).", []),
    ],
)
def test_links_in_the_text_are_the_pages_they_lead_to_by_titles_that_are_some(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert [(page.url, page.title) for page in Reading(text, [], []).citations()] == expected
