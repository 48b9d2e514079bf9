"""In what tone a sentence speaks of a target.

A small encoder tells it, offline and on one core: see tone/CARD.md for what it was taught and how well it does. The
sentence is its first segment, with the target in brackets, and the target the second.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy
import onnxruntime
from tokenizers import Tokenizer

VERSION = 2
"""Goes up whenever the same answer would be scored otherwise."""
LABELS = ("negative", "neutral", "positive")
"""In the order of the model's outputs."""
MAX_AROUND = 300
"""Characters of a sentence that are read to either side of the target; the model sees 128 tokens."""
MAX_TARGET = 100
SAID_OF = " – "
LABEL_END = re.compile(r"\s*\W{0,2}:\W{0,2}\s+")
CACHED = 10_000
"""Judgements that are kept: engines repeat sentences."""


@dataclass(frozen=True)
class Tone:
    """A label, and a score in [-1, 1]: how much likelier positive is than negative."""

    label: str
    score: float


@dataclass(frozen=True)
class Judgement:
    """How likely each label is; together 1."""

    negative: float
    neutral: float
    positive: float


NOTHING_SAID = Judgement(0.0, 1.0, 0.0)


def judge(sentence: str, start: int, end: int) -> Judgement:
    """The tone towards the target at [start, end) of a sentence, whatever else is judged."""
    before, target, after = sentence[:start], sentence[start:end][:MAX_TARGET], sentence[end:]
    if LABEL_END.match(after) and not re.search(r"\w", before):
        # "Coda: slow" is what is said of Coda; to the news, it would be what Coda says.
        after = LABEL_END.sub(SAID_OF, after, count=1)
    return _judge(before[-MAX_AROUND:], target, after[:MAX_AROUND])


def judge_said_of(name: str, text: str) -> Judgement:
    """The tone of a text that names nobody and stands where somebody is spoken of."""
    return judge(f"{name}{SAID_OF}{text}", 0, len(name))


def tone_of(judgements: Sequence[Judgement]) -> Tone:
    """What several sentences about one target say together: the mean of each label's likelihood."""
    count = len(judgements)
    means = [sum(getattr(judgement, label) for judgement in judgements) / count for label in LABELS]
    return Tone(LABELS[means.index(max(means))], round(means[2] - means[0], 4))


@lru_cache(CACHED)
def _judge(before: str, target: str, after: str) -> Judgement:
    # One at a time: the model's arithmetic is scaled to what it is given together, and a score must not depend on that.
    tokenizer, session = _model()
    encoded = tokenizer.encode(f"{before}[{target}]{after}", target)
    feed = {
        "input_ids": encoded.ids,
        "attention_mask": encoded.attention_mask,
        "token_type_ids": encoded.type_ids,
    }
    (logits,) = session.run(None, {name: numpy.array([row], dtype=numpy.int64) for name, row in feed.items()})
    weights = numpy.exp(logits[0] - logits[0].max())
    return Judgement(*(float(share) for share in weights / weights.sum()))


@lru_cache
def _model() -> tuple[Tokenizer, onnxruntime.InferenceSession]:
    folder = files("reading") / "tone"
    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
    options = onnxruntime.SessionOptions()
    # Answers are read side by side; threads within one would only wait for each other.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        (folder / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    return tokenizer, session
