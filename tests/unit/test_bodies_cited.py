"""What a body may hold beside what the recordings hold: where its sources stand, and which of them are cited."""

import pytest

from reading.addresses import is_search, page_behind
from tests.unit.bodies import A, B, chat, cited, error_of, overview, read, response
from worker_svc.collectors.chatgpt import ChatGpt
from worker_svc.collectors.claude import Claude
from worker_svc.collectors.collector import Source
from worker_svc.collectors.gemini import Gemini
from worker_svc.collectors.google_aio import GoogleAiOverviews
from worker_svc.collectors.grok import Grok
from worker_svc.collectors.openai_compatible import OpenAiCompatible
from worker_svc.collectors.perplexity import Perplexity


def test_remarks_on_the_work_are_not_the_answer_nor_are_their_sources() -> None:
    note = {"type": "url_citation", "url": A, "title": "A"}
    remark = {
        "type": "message",
        "phase": "commentary",
        "content": response("I look.", notes=[note])["output"][0]["content"],
    }
    answer = read(ChatGpt, response("Found.", remark, notes=[{**note, "url": B, "title": "B"}]))
    assert (answer.text, cited(answer)) == ("Found.", [(B, "B")])
    assert error_of(ChatGpt, {"status": "completed", "output": [remark]}).kind == "no_answer"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://www.google.com/url?q=https://a.example/x%3Fy%3D1&sa=U", "https://a.example/x?y=1"),
        ("https://google.de/url?sa=t&url=https%3A%2F%2Fa.example%2F", A),
        ("https://translate.google.com/translate?u=https://a.example/&hl=hi&sl=en", A),
        ("https://www-a--b-example.translate.goog/x?y=1&_x_tr_sl=en&_x_tr_tl=hi", "https://www.a-b.example/x?y=1"),
        ("https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9hLmV4YW1wbGUv&ntb=1", A),
        ("https://www.google.com/url?q=https://translate.google.com/translate?u=https://a.example/", A),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://www.google.com/url", "https://www.google.com/url"),
        ("https://evil.example/url?q=https://a.example/", "https://evil.example/url?q=https://a.example/"),
        ("https://notgoogle.com/url?q=https://a.example/", "https://notgoogle.com/url?q=https://a.example/"),
        ("https://www.bing.com/ck/a?u=a1%%%", "https://www.bing.com/ck/a?u=a1%%%"),
        ("https://[", "https://["),
        ("", ""),
    ],
)
def test_an_address_is_unwrapped_to_its_page(url: str, page: str) -> None:
    assert page_behind(url) == page


def test_links_in_the_text_are_sources_and_further_searches_are_none() -> None:
    links = [
        {"text": "A shop", "link": f"https://www.google.com/url?q={A}"},
        {"text": "more", "link": "https://www.google.co.in/search?q=more"},
    ]
    items = [{"title": "B", "link": B, "snippet": "x", "snippet_links": links, "reference_indexes": [1]}]
    references = [
        {"index": 0, "link": A, "title": "A shop, and what it sells"},
        {"index": 1, "link": "https://c.example/"},
    ]
    answer = read(GoogleAiOverviews, overview({"type": "list", "list": items}, references=references))
    assert cited(answer) == [("https://c.example/", None), (B, "B"), (A, "A shop, and what it sells")]
    assert is_search("https://www.bing.com/search?q=x")
    assert not is_search("https://www.google.com/maps")
    assert not is_search("https://[")


def test_what_was_found_and_not_cited_is_no_citation() -> None:
    found = {
        "type": "web_search_call",
        "action": {"type": "search", "query": "q", "sources": [{"type": "url", "url": B}, {"url": A}]},
    }
    opened = {"type": "web_search_call", "action": {"type": "open_page", "url": "https://c.example/"}}
    note = {"type": "url_citation", "url": A, "title": "1"}
    for kind in (ChatGpt, Grok):
        answer = read(kind, response("x", found, opened, notes=[note]))
        assert (cited(answer), answer.searched) == ([(A, None)], (Source(B), Source("https://c.example/")))
    results = {
        "type": "search_results",
        "queries": ["q"],
        "results": [{"id": 1, "url": A, "title": "A title"}, {"id": 2, "url": B}],
    }
    answer = read(Perplexity, response("x", results, notes=[note]))
    assert (cited(answer), answer.searched) == ([(A, "A title")], (Source(B),))
    assert cited(read(Perplexity, response("x", results))) == [(A, "A title"), (B, None)]
    without_ids = {"type": "search_results", "results": [{"url": A}, {"url": B}]}
    assert cited(read(Perplexity, response("See [2].", without_ids))) == [(B, None)]


def test_what_is_listed_beside_a_text_is_cited_where_nothing_is_annotated() -> None:
    body = response("x") | {"citations": [A, B, 7]}
    assert cited(read(Grok, body)) == [(A, None), (B, None)]
    annotated = response("x", notes=[{"type": "url_citation", "url": B}]) | {"citations": [A, B]}
    answer = read(Grok, annotated)
    assert (cited(answer), answer.searched) == ([(B, None)], (Source(A),))


def test_gemini_cites_what_supports_name_and_found_the_rest() -> None:
    chunks = [
        {"web": {"uri": A, "title": "A"}},
        {"web": {"uri": B}},
        {"maps": {"uri": "https://c.example/", "title": "C"}},
    ]
    for supports, count in (([{"groundingChunkIndices": [2, 0, 9, "1", None]}], 2), ([], 3), (None, 3)):
        grounding = {"groundingChunks": chunks, "groundingSupports": supports}
        body = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "groundingMetadata": grounding}]}
        answer = read(Gemini, body)
        assert (
            [source.url for source in answer.citations] == ["https://c.example/", A, B][:count] if count == 2 else True
        )
        assert len(answer.citations) + len(answer.searched) == 3
        assert len(answer.citations) == count


def test_claude_cites_pages_that_it_opened_by_their_titles() -> None:
    page = {"type": "web_fetch_result", "url": A, "content": {"type": "document", "title": "A page"}}
    blocks = [
        {"type": "web_fetch_tool_result", "content": page},
        {"type": "web_search_tool_result", "content": [{"type": "web_search_result", "url": B, "title": "B"}]},
        {"type": "web_search_tool_result", "content": {"type": "web_search_tool_result_error", "error_code": "x"}},
        {"type": "text", "text": "x", "citations": [{"type": "char_location", "document_title": "A page"}]},
        {
            "type": "text",
            "text": "y",
            "citations": [{"type": "search_result_location", "source": "https://c.example/", "title": "C"}],
        },
    ]
    answer = read(Claude, {"type": "message", "content": blocks})
    assert cited(answer) == [(A, "A page"), ("https://c.example/", "C")]
    assert answer.searched == (Source(B, "B"),)


def test_chats_list_their_sources_in_many_places() -> None:
    results = [{"url": A, "title": "A"}, {"url": B, "title": "B"}]
    nested = [
        {"type": "url_citation", "url_citation": {"url": A, "title": "[1]"}},
        {"type": "file", "file": {"name": "x"}},
    ]
    tools = [{"arguments": '{"query": "q"}', "search_results": {"results": results}}, {"arguments": "not JSON"}]
    for body, citations, searched in (
        (chat("x", annotations=nested) | {"search_results": results}, [(A, "A")], (Source(B, "B"),)),
        (chat("x", annotations=[{"type": "url_citation", "url": A}]), [(A, None)], ()),
        (chat("x") | {"citations": [B, 7, None, "file.pdf"], "search_results": results}, [(B, "B")], (Source(A, "A"),)),
        (chat("x") | {"citations": results}, [(A, "A"), (B, "B")], ()),
        (chat("x") | {"search_results": results}, [(A, "A"), (B, "B")], ()),
        (chat("x", executed_tools=tools), [(A, "A"), (B, "B")], ()),
        (chat("x", citations=[A]), [(A, None)], ()),
    ):
        answer = read(OpenAiCompatible, body)
        assert (cited(answer), answer.searched) == (citations, searched)
    assert read(OpenAiCompatible, chat("x", executed_tools=tools)).search_queries == ("q",)
