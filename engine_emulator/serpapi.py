"""SerpApi's formats of its engines `google`, `google_ai_overview`, `google_ai_mode` and `bing_copilot`."""

import base64
import binascii
from urllib.parse import urlencode

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, Point


def search(answer: MadeUp, question: str, key: str) -> JsonObject:
    """A results page: with an overview, with a token for one, or without."""
    body = _frame(key, {"engine": "google", "q": question, "google_domain": "google.com", "device": "desktop"})
    body["organic_results"] = [
        {"position": i, "title": page.title, "link": page.url, "snippet": f"{page.title}."}
        for i, page in enumerate(answer.pages, start=1)
    ]
    if answer.has_overview and answer.needs_second_fetch:
        body["ai_overview"] = {"page_token": token_of(question), "serpapi_link": "https://serpapi.example/search.json"}
    elif answer.has_overview:
        body["ai_overview"] = _overview(answer)
    return body


def overview(answer: MadeUp, token: str, key: str) -> JsonObject:
    """The overview that a token stands for."""
    body = _frame(key, {"engine": "google_ai_overview", "page_token": token})
    body["ai_overview"] = _overview(answer)
    return body


def ai_mode(answer: MadeUp, question: str, key: str) -> JsonObject:
    """A page of Google's AI Mode."""
    return _frame(key, {"engine": "google_ai_mode", "q": question}) | _overview(answer)


def copilot(answer: MadeUp, question: str, key: str) -> JsonObject:
    """A page of Bing Copilot."""
    return _frame(key, {"engine": "bing_copilot", "q": question}) | {"header": "In short"} | _overview(answer)


def error(message: str) -> JsonObject:
    """An error body."""
    return {"error": message}


def token_of(question: str) -> str:
    """A page token for a question."""
    return base64.urlsafe_b64encode(question.encode()).decode()


def question_of(token: str) -> str | None:
    """The question of a page token; None for one that was never given."""
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _frame(key: str, parameters: JsonObject) -> JsonObject:
    return {
        "search_metadata": {"id": key, "status": "Success", "total_time_taken": 1.2},
        "search_parameters": parameters,
        "search_information": {"organic_results_state": "Results for exact spelling"},
    }


def _overview(answer: MadeUp) -> JsonObject:
    index = {page: i for i, page in enumerate(answer.pages)}
    blocks: list[JsonObject] = [{"type": "paragraph", "snippet": answer.intro}]
    if answer.style == "prose":
        blocks += [
            {
                "type": "paragraph",
                "snippet": f"{point.seller.name}: {point.remark}.",
                "reference_indexes": [index[point.page]],
            }
            for point in answer.points
        ]
    else:
        blocks.append({"type": "list", "list": [_item(point, index[point.page]) for point in answer.points]})
    blocks.append({"type": "paragraph", "snippet": answer.outro})
    return {
        "text_blocks": blocks,
        "references": [
            {"title": page.title, "link": page.url, "snippet": f"{page.title}.", "source": page.title, "index": i}
            for page, i in index.items()
        ],
    }


def _item(point: Point, reference: int) -> JsonObject:
    name = point.seller.name
    further = {"text": name, "link": f"https://www.google.com/search?{urlencode({'q': name})}"}
    texts = {"title": f"{name}:", "snippet": f"{point.remark}.", "snippet_links": [further]}
    return {**texts, "reference_indexes": [reference]}
