"""xAI's Responses format: OpenAI's, with the search's arguments as a tool's, and sources without titles."""

import json

from answerbeat.jsons import JsonObject
from engine_emulator import openai
from engine_emulator.answers import MadeUp


def response(answer: MadeUp, model: str, key: str) -> JsonObject:
    """A completed response with one web search."""
    body = openai.response(answer, model, key)
    message = body["output"][-1]
    for note in message["content"][0]["annotations"]:
        del note["title"]
    search = {
        "type": "web_search_call",
        "id": f"fc_{key}",
        "call_id": "",
        "name": "web_search",
        "arguments": json.dumps({"query": answer.search_query, "num_results": 5}),
        "status": "completed",
    }
    usage = {**body["usage"], "num_sources_used": 0, "num_server_side_tools_used": int(bool(answer.search_query))}
    return {**body, "output": [search, message] if answer.search_query else [message], "usage": usage}
