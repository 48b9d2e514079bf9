"""Mistral's Conversations format, with its web search."""

import json

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, markdown

MARK = "\x1f"
"""Stands where the text cites, until it is taken apart there."""


def conversation(answer: MadeUp, model: str, key: str) -> JsonObject:
    """A conversation of one search and one answer. `key` makes its ids."""
    pages = {str(i): page for i, page in enumerate(answer.pages)}
    numbers = {page: number for number, page in pages.items()}
    parts = markdown(answer, lambda page: f"{MARK}{numbers[page]}{MARK}").split(MARK)
    content = [
        {"type": "text", "text": part}
        if i % 2 == 0
        else {"type": "tool_reference", "tool": "web_search", "title": pages[part].title, "url": pages[part].url}
        for i, part in enumerate(parts)
    ]
    output_tokens = sum(map(len, parts)) // 4
    return {
        "object": "conversation.response",
        "conversation_id": f"conv_{key}",
        "outputs": [
            {
                "object": "entry",
                "type": "tool.execution",
                "id": f"tool_exec_{key}",
                "name": "web_search",
                "arguments": json.dumps({"query": answer.search_query}),
            },
            {
                "object": "entry",
                "type": "message.output",
                "id": f"msg_{key}",
                "role": "assistant",
                "model": model,
                "content": content,
            },
        ],
        "usage": {
            "prompt_tokens": 120,
            "completion_tokens": output_tokens,
            "total_tokens": 4_120 + output_tokens,
            "connector_tokens": 4_000,
            "connectors": {"web_search": 1},
        },
    }


def error(message: str, kind: str) -> JsonObject:
    """An error body."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": None}
