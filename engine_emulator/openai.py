"""OpenAI's Responses format."""

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, MadeUpPage, markdown

SEARCHED_TOKENS = 8_000
"""What a search puts before the model is charged for."""
ASKED_TOKENS = 400


def response(answer: MadeUp, model: str, key: str) -> JsonObject:
    """A completed response with one web search. `key` makes its ids."""
    pages = {page: f"{page.url}?utm_source=openai" for page in answer.pages}
    text = markdown(answer, lambda page: f" ([{_site(page)}]({pages[page]}))")
    input_tokens = SEARCHED_TOKENS if answer.search_query else ASKED_TOKENS
    output_tokens = 400 + len(text) // 4
    return {
        "id": f"resp_{key}",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": "completed",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": model,
        "output": [
            {"id": f"rs_{key}", "type": "reasoning", "summary": []},
            *_searches(answer, key),
            {
                "id": f"msg_{key}",
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [
                    {
                        "type": "output_text",
                        "text": text,
                        "annotations": _annotations(text, pages),
                        "logprobs": [],
                    }
                ],
            },
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [{"type": "web_search"}],
        "usage": {
            "input_tokens": input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 320},
            "total_tokens": input_tokens + output_tokens,
        },
    }


def error(message: str, kind: str, code: str | None = None) -> JsonObject:
    """An error body."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _searches(answer: MadeUp, key: str) -> list[JsonObject]:
    action = {"type": "search", "query": answer.search_query}
    search = {"id": f"ws_{key}", "type": "web_search_call", "status": "completed", "action": action}
    return [search] if answer.search_query else []


def _site(page: MadeUpPage) -> str:
    return page.url.split("/")[2].removeprefix("www.")


def _annotations(text: str, pages: dict[MadeUpPage, str]) -> list[JsonObject]:
    """One for each place where the text cites, in the order of the text."""
    found = []
    for page, url in pages.items():
        link = f"([{_site(page)}]({url}))"
        at = text.find(link)
        while at >= 0:
            found.append(
                {
                    "type": "url_citation",
                    "start_index": at,
                    "end_index": at + len(link),
                    "title": page.title,
                    "url": url,
                }
            )
            at = text.find(link, at + 1)
    return sorted(found, key=lambda note: note["start_index"])
