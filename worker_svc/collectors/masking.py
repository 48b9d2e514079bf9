"""Hides keys in what engines say, and nothing else: they quote the key that they refuse, and names of models beside it.

Hidden are the keys that this process was given, as they are; what has the form of a vendor's key; what stands behind
`Bearer` or a name such as `api_key=` and has a digit, as keys do; and what an engine has half hidden with asterisks.
"""

import re

HIDDEN = "[key]"
MIN_LENGTH = 8
"""Shorter ones are no keys, but words such as none."""
VENDORS = re.compile(
    r"(?<![\w.-])(?:sk-[\w-]{6,}|(?:pplx|xai|key)-[A-Za-z0-9]{16,}|(?:gsk|hf)_[A-Za-z0-9]{16,}|AIza[\w-]{35})(?![\w-])"
)
"""OpenAI, Anthropic, DeepSeek, OpenRouter; Perplexity, xAI; Groq, Hugging Face; Google. `pplx-embed-v1` is a model."""
NAMED = re.compile(
    r"""(\b(?:(?:x-)?api[_-]?key|access[_-]?token|authorization)["']?\s*[:=]\s*["']?(?:bearer\s+)?|\bbearer\s+)"""
    rf"""(?=[\w.~+/*-]*\d)[\w.~+/*-]{{{MIN_LENGTH},}}=*""",
    re.IGNORECASE,
)
HALF_HIDDEN = re.compile(r"\b[\w-]+\*{3,}[\w-]+\b")
_known: set[str] = set()


def remember(key: str) -> None:
    """From now on this key is hidden, whatever it looks like."""
    if len(key) >= MIN_LENGTH:
        _known.add(key)


def without_own_keys(text: str) -> str:
    """The text without the keys of this process, and else as it is."""
    for key in sorted(_known, key=len, reverse=True):
        text = text.replace(key, HIDDEN)
    return text


def without_keys(text: str) -> str:
    """The text with each key left out."""
    text = NAMED.sub(lambda found: f"{found[1]}{HIDDEN}", without_own_keys(text))
    return HALF_HIDDEN.sub(HIDDEN, VENDORS.sub(HIDDEN, text))
