"""OpenAI's chat-completions format, as DeepSeek and servers of one's own speak it: an answer without sources."""

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, markdown


def completion(answer: MadeUp, model: str, key: str) -> JsonObject:
    """A completion. `key` makes its id."""
    text = markdown(answer, lambda _: "")
    output_tokens = len(text) // 4
    return {
        "id": f"chatcmpl-{key}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": output_tokens, "total_tokens": 20 + output_tokens},
    }
