"""What of a model's text a person sees: not its thoughts, which open models write between tags in the same text.

Formats: DeepSeek R1's and Qwen's model cards (`<think>`), and their servers, which may put the first tag into the
prompt, so that the text begins within a thought; `<thought>` and `<thinking>` of others.
"""

import re

TAG = r"think(?:ing)?|thought"
THOUGHT = re.compile(rf"(?:\A|(?<=\n))[ \t]*<({TAG})>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
"""One that begins a line: a text may speak of the tag. It ends with its tag, or with the text."""
END = re.compile(rf"\A(?:(?!<(?:{TAG})>).)*?(?<![`'\"])</(?:{TAG})>", re.DOTALL | re.IGNORECASE)
"""All before an end whose begin is not in the text; one that is quoted is spoken of."""


def spoken(text: str) -> str:
    """The text without the model's thoughts, and without white space around it."""
    return THOUGHT.sub("", END.sub("", text.strip())).strip()
