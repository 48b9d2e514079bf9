"""Google's GenerateContent format, grounded: the pages stand behind redirects, as Google sends them."""

from urllib.parse import urlsplit

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, markdown

REDIRECT = "https://vertexaisearch.cloud.google.com/grounding-api-redirect"


def response(answer: MadeUp, model: str, key: str) -> JsonObject:
    """A response. `key` makes its id and the redirects."""
    text = markdown(answer, lambda _: "")
    sites = [urlsplit(page.url).netloc.removeprefix("www.") for page in answer.pages]
    chunks = [{"web": {"uri": f"{REDIRECT}/{key}{i}", "title": site}} for i, site in enumerate(sites)]
    output_tokens = len(text) // 4
    return {
        "candidates": [
            {
                "content": {"parts": [{"text": text}], "role": "model"},
                "finishReason": "STOP",
                "groundingMetadata": {
                    "groundingChunks": chunks,
                    "groundingSupports": [
                        {"groundingChunkIndices": [i], "segment": {"startIndex": 0, "endIndex": 1, "text": text[:1]}}
                        for i in range(len(chunks))
                    ],
                    "webSearchQueries": [answer.search_query],
                },
                "index": 0,
            }
        ],
        "modelVersion": model,
        "responseId": key,
        "usageMetadata": {
            "promptTokenCount": 20,
            "candidatesTokenCount": output_tokens,
            "thoughtsTokenCount": 200,
            "toolUsePromptTokenCount": 100,
            "totalTokenCount": 320 + output_tokens,
        },
    }


def error(status: int, message: str) -> JsonObject:
    """An error body; of a rate limit, with the pause that Google asks for."""
    names = {401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED"}
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.5s"}] if status == 429 else []
    told = {"code": status, "message": message, "status": names.get(status, "INTERNAL")}
    return {"error": {**told, "details": details}}
