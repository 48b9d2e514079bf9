"""Judges tone as a model would that was asked for JSON: the same for the same statements, by the markets' words."""

import json

from answerbeat.jsons import JsonObject
from engine_emulator.answers import MadeUp, verbatim
from engine_emulator.markets import MARKETS

PRAISE = tuple(remark for market in MARKETS for remark in market.praise)
BLAME = tuple(remark for market in MARKETS for remark in market.blame)


def is_shaped(asked: JsonObject) -> bool:
    """Whether a request, of whichever engine, asks for JSON instead of prose."""
    text, config, chat = asked.get("text") or {}, asked.get("output_config") or {}, asked.get("response_format") or {}
    shapes = (text.get("format"), config.get("format"), chat, asked.get("generationConfig"))
    return any(
        (shape or {}).get("type") in ("json_schema", "json_object") or "responseJsonSchema" in (shape or {})
        for shape in shapes
    )


def tones(statements: str) -> MadeUp:
    """The tone of each of a JSON list of statements."""
    told = [{"id": one["id"], "tone": _tone(one["text"])} for one in json.loads(statements)]
    return verbatim(json.dumps({"tones": told}))


def _tone(text: str) -> str:
    praised, blamed = (any(remark in text for remark in remarks) for remarks in (PRAISE, BLAME))
    return "neutral" if praised == blamed else "positive" if praised else "negative"
