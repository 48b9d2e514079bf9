"""Files of answers that were got elsewhere: what is right is read whole, and what is wrong is told by line."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from brand_svc.insights import imports
from brand_svc.insights.import_files import MAX_LINES, FileFormat, lines_of
from brand_svc.insights.imports import ImportedLine, Read, read
from reading.html import to_markdown

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RIGHT = {"question": "Which app is best?", "engine": "chatgpt", "time": "2026-11-20T10:00:00+02:00", "text": "1. Acme"}
HEADER = "question,engine,time,text,sources,id\n"


def jsonl(*lines: Any) -> bytes:
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()


def of(content: bytes, form: FileFormat = FileFormat.JSONL) -> Read:
    return read(lines_of(content, form), NOW)


def told(content: bytes, form: FileFormat = FileFormat.JSONL) -> list[str]:
    found = of(content, form)
    assert not (found.faults and found.lines), "nothing half done"
    return [f"{fault.line}: {fault.field}: {fault.message}" for fault in found.faults]


def test_a_line_of_json_says_all_that_is_known_of_an_answer() -> None:
    where = {"surface": "results_page", "locale": "pt-BR", "country": "BR", "city": "Recife"}
    sources = ["https://a.example/x", {"url": "http://b.example", "title": "B"}]
    more = {"id": "a", "format": "html", "model": "m", "topic": "T", "sources": sources, **where}
    (line,) = of(jsonl(RIGHT | more)).lines.values()
    assert (line.surface, line.locale, line.country, line.city, line.format) == (
        "results_page", "pt-BR", "BR", "Recife", "html",
    )  # fmt: skip
    assert [(source.url, source.title) for source in line.sources] == [
        ("https://a.example/x", None),
        ("http://b.example", "B"),
    ]
    assert line.day.isoformat() == "2026-11-20"


def test_csv_says_the_same_and_keeps_formulas_as_text() -> None:
    body = HEADER + (
        '"=SUM(1,2) or \'quoted\'?",chatgpt,2026-11-20T23:30:00-05:00,"=1+1\nSecond, ""line""",'
        "https://a.example https://b.example,x\n"
        ",,,,,\n"
        'Q,claude,2026-11-20T10:00:00Z,"\'T","[{""url"": ""https://c.example"", ""title"": ""C""}]",\n'
    )
    found = of(("\ufeff" + body.replace("\n", "\r\n")).encode(), FileFormat.CSV)
    assert found.faults == []
    first, second = found.lines.values()
    assert list(found.lines) == [2, 5], "an answer may hold line breaks; its line is that where it begins"
    assert (first.question, first.text) == ("=SUM(1,2) or 'quoted'?", '=1+1\r\nSecond, "line"')
    assert first.day.isoformat() == "2026-11-21"
    assert ([source.url for source in first.sources], second.sources[0].title) == (
        ["https://a.example", "https://b.example"], "C",
    )  # fmt: skip
    assert (second.text, second.id) == ("'T", None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time": "2026-11-20T10:00:00"}, "time: must carry an offset"),
        ({"time": "yesterday"}, "time: "),
        ({"time": 5e99}, "time: must be a time"),
        ({"time": "1700000000"}, "time: must be a time"),
        ({"time": (NOW + timedelta(days=2)).isoformat()}, "time: lies in the future"),
        ({"time": "1999-12-31T23:59:59Z"}, "time: lies before 2000"),
        ({"engine": "chat_gpt"}, "engine: 'chat_gpt' is not a collector; did you mean chatgpt?"),
        ({"surface": "paper"}, "surface: "),
        ({"format": "pdf"}, "format: "),
        ({"locale": "english"}, "locale: must be a language tag"),
        ({"country": "de"}, "country: must be two capital letters"),
        ({"text": "x" * 10_000_000}, "text: "),
        ({"text": " \n"}, "text: must not be blank"),
        ({"text": None}, "text: "),
        ({"text": "a\0b"}, "text: must not hold a NUL character"),
        ({"sources": ["https://a.example/\0"]}, "sources: must not hold a NUL character"),
        ({"sources": ["javascript:alert(1)"]}, "sources[0].url: must be an address"),
        ({"sources": "https://a.example"}, "sources: "),
        ({"sources": [{"url": "https://a.example"}] * 501}, "sources: "),
        ({"question": ""}, "question: "),
        ({"qestion": "?"}, "qestion: is not a field; did you mean question?"),
    ],
    ids=str,
)
def test_a_wrong_value_is_told_by_its_line_and_field(change: dict[str, Any], says: str) -> None:
    faults = told(jsonl(RIGHT | {"id": "1"}, "", RIGHT | change))
    assert len(faults) == 1
    assert faults[0].startswith(f"3: {says}")
    assert len(faults[0]) < 1_000, "what is wrong may be long, and is not told whole"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[1]", "is no JSON object"),
        ('"text"', "is no JSON object"),
        ("{", "is not JSON"),
        ('{"question": NaN}', "is not JSON: NaN"),
        ('{"text": ' + "[" * 100_000, "is nested too deep"),
        ('{"question": "\\ud800", "engine": "claude", "time": "2026-11-20T10:00:00Z", "text": "x"}', ""),
    ],
    ids=lambda value: value[:20],
)
def test_a_line_that_is_no_object_is_told(line: str, says: str) -> None:
    (fault,) = told(jsonl(RIGHT, line))
    assert fault.startswith("2: ")
    assert says in fault


def test_what_lacks_is_told_of_all_lines_at_once() -> None:
    assert told(jsonl({"question": "?"}, RIGHT, {**RIGHT, "id": "b", "engine": "x"}))[:4] == [
        "1: engine: is missing",
        "1: time: is missing",
        "1: text: is missing",
        *told(jsonl("", "", {**RIGHT, "engine": "x"})),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "0: None: holds no line"),
        (b"\n \n", "0: None: holds no line"),
        (jsonl(RIGHT) + b"\n\xff", "2: None: is not UTF-8"),
        ("{}".encode("utf-16"), "1: None: is not UTF-8"),
    ],
)
def test_a_file_that_is_none_is_told(content: bytes, says: str) -> None:
    assert told(content) == [says]
    assert content.isspace() or told(content, FileFormat.CSV)[0] == says


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Which?,chatgpt,2026-11-20T10:00:00Z,Acme\n", ["is not a column", "question: is not in the header"]),
        ("question,engine,time,text,sourcs\n", ["sourcs: is not a column; did you mean sources?"]),
        ("question,engine,time,text,text\n", ["text: stands twice"]),
        (HEADER + "Q,chatgpt,2026-11-20T10:00:00Z,T,,,more\n", ["2: None: has 7 cells, the header 6"]),
        (HEADER + 'Q,chatgpt,2026-11-20T10:00:00Z,"T\n', ["2: None: is not CSV"]),
        (HEADER + "Q,chatgpt\n", ["2: time: is missing"]),
        (HEADER + "Q,chatgpt,2026-11-20T10:00:00Z,T,[1\n", ["2: sources: "]),
        (HEADER, ["0: None: holds no line"]),
    ],
)
def test_csv_that_is_wrong_is_told(content: str, says: list[str]) -> None:
    faults = told(content.encode(), FileFormat.CSV)
    for each in says:
        assert any(each in fault for fault in faults), faults


def test_a_cell_may_hold_as_long_an_answer_as_a_line_of_json() -> None:
    long = "x" * imports.MAX_TEXT
    (line,) = of(f"{HEADER}Q,chatgpt,2026-11-20T10:00:00Z,{long}\n".encode(), FileFormat.CSV).lines.values()
    assert line.text == long
    (fault,) = told(f"{HEADER}Q,chatgpt,2026-11-20T10:00:00Z,{long}y\n".encode(), FileFormat.CSV)
    assert fault.startswith("2: text: ")


def test_lines_that_are_the_same_are_told_with_the_first() -> None:
    assert told(jsonl(RIGHT | {"id": "a"}, RIGHT | {"id": "b"}, RIGHT | {"id": "a", "text": "Other"})) == [
        "3: id: is that of line 1"
    ]
    assert told(jsonl(RIGHT, RIGHT)) == ["2: None: is that of line 1"]


def test_a_file_of_too_many_lines_is_told() -> None:
    faults = told(jsonl(*(json.dumps(RIGHT | {"id": str(i)}) for i in range(MAX_LINES + 1))))
    assert faults == [f"{MAX_LINES + 1}: None: a file may hold {MAX_LINES:,} lines; send the rest as another"]


def test_a_key_tells_lines_apart_by_their_id_else_by_all_they_say() -> None:
    def key(**change: Any) -> bytes:
        return ImportedLine.model_validate(RIGHT | change).key

    assert key(id="a") == key(id="a", text="Other")
    assert key() == key() != key(text="Other")
    assert key(city="Bonn") != key()
    assert imports.question_key(imports.UUID(int=1), "?") == imports.question_key(imports.UUID(int=1), "?")


def test_html_is_read_as_a_person_sees_it() -> None:
    html = (
        "<html><head><title>T</title></head><body><script>alert(1)</script><style>p{}</style><h2>Best</h2>"
        '<ol><li><b>Acme</b> – <a href="https://acme.example/a?b=1&amp;c">its page</a></li><li>Other</li></ol>'
        "<img src=x onerror=alert(1)><table><tr><th>A</th></tr><tr><td>1</td></tr></table></body></html>"
    )
    read = to_markdown(html)
    assert "1. **Acme** – [its page](https://acme.example/a?b=1&c)" in read
    assert "2. Other" in read
    assert "## Best" in read
    assert not [word for word in ("alert", "onerror", "p{}", "T\n") if word in read]


def test_html_that_is_nested_without_end_is_its_words() -> None:
    assert to_markdown("<div>" * 50_000 + "Acme").strip() == "Acme"
