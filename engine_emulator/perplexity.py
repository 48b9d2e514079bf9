"""The format of Perplexity's Agent API: OpenAI's, with `search_results` and costs."""

from answerbeat.jsons import JsonObject
from engine_emulator import answers
from engine_emulator.answers import MadeUp, MadeUpPage, markdown


def response(answer: MadeUp, model: str, key: str) -> JsonObject:
    """A completed response whose text refers to search results by number, to all but one."""
    numbers = {page: i for i, page in enumerate(answer.pages, start=1)}
    found = {**numbers, answers.NOT_CITED: len(numbers) + 1}
    text = markdown(answer, lambda page: f"[{numbers[page]}]")
    output_tokens = len(text) // 4
    costs = {"input_cost": 0.0012, "output_cost": output_tokens * 2.5e-6, "tool_calls_cost": 0.005}
    return {
        "id": f"resp_{key}",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": "completed",
        "error": None,
        "model": model,
        "output": [
            {
                "type": "search_results",
                "queries": [answer.search_query],
                "results": [_result(page, number) for page, number in found.items()],
            },
            {
                "id": f"msg_{key}",
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [{"type": "output_text", "text": text, "annotations": []}],
            },
        ],
        "usage": {
            "input_tokens": 4_800,
            "output_tokens": output_tokens,
            "total_tokens": 4_800 + output_tokens,
            "cost": {"currency": "USD", **costs, "total_cost": round(sum(costs.values()), 6)},
            "tool_calls_details": {"search_web": {"invocation": 1}},
        },
    }


def _result(page: MadeUpPage, number: int) -> JsonObject:
    texts = {"url": page.url, "title": page.title, "snippet": f"{page.title}."}
    return {"id": number, **texts, "date": "2026-10-01", "last_updated": "2026-11-01", "source": "web"}
