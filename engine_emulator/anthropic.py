"""Anthropic's Messages format, with a web search; one answer in three pauses once on the way."""

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, markdown

MARK = "\x1f"
"""Stands where the text cites, until it is taken apart there."""


def message(answer: MadeUp, model: str, key: str, *, is_resumed: bool) -> JsonObject:
    """A message: the search first, and the text unless it pauses. `key` makes its ids."""
    if answer.needs_second_fetch and not is_resumed:
        return _frame(_search(answer, key), model, key, "pause_turn", output_tokens=60, searches=1)
    text = _text(answer)
    has_searched = bool(answer.search_query) and not is_resumed
    blocks = [*_search(answer, key), *text] if has_searched else text
    length = sum(len(block["text"]) for block in text)
    return _frame(blocks, model, key, "end_turn", output_tokens=length // 4, searches=int(has_searched))


def error(status: int, message: str) -> JsonObject:
    """An error body."""
    kinds = {401: "authentication_error", 429: "rate_limit_error"}
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}


def _frame(
    content: list[JsonObject], model: str, key: str, reason: str, *, output_tokens: int, searches: int
) -> JsonObject:
    return {
        "id": f"msg_{key}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 6_000,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output_tokens,
            "server_tool_use": {"web_search_requests": searches},
        },
    }


def _search(answer: MadeUp, key: str) -> list[JsonObject]:
    results = [
        {"type": "web_search_result", "title": page.title, "url": page.url, "encrypted_content": "e", "page_age": None}
        for page in answer.pages
    ]
    use = {"type": "server_tool_use", "id": f"srvtoolu_{key}", "name": "web_search"}
    return [
        {**use, "input": {"query": answer.search_query}},
        {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_{key}", "content": results},
    ]


def _text(answer: MadeUp) -> list[JsonObject]:
    """Text blocks: one that cites ends where the text does."""
    pages = {str(i): page for i, page in enumerate(answer.pages)}
    numbers = {page: number for number, page in pages.items()}
    parts = markdown(answer, lambda page: f"{MARK}{numbers[page]}{MARK}").split(MARK)
    blocks: list[JsonObject] = []
    for said, number in zip(parts[::2], [*parts[1::2], None], strict=True):
        block: JsonObject = {"type": "text", "text": said}
        if number is not None:
            page = pages[number]
            cited = {"type": "web_search_result_location", "url": page.url, "title": page.title}
            block["citations"] = [{**cited, "cited_text": page.title, "encrypted_index": "e"}]
        blocks.append(block)
    return blocks
