"""Reads in what tone an answer speaks of each name: by the encoder that Answerbeat brings, or by an engine's model."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from reading import judge as judge_rules
from reading import sentiment
from reading.mentions import Name
from reading.reading import Feeling, Reading
from worker_svc.steps.kind import Kind
from worker_svc.steps.tone_judge import Judge
from worker_svc.store.fence import Fenced
from worker_svc.store.readings import StoredAnswer, Subject, keep_tone


@dataclass(frozen=True)
class Tones:
    """In what tone an answer speaks of whom, and who judged it."""

    feelings: dict[str, Feeling]
    version: int
    judge: str | None = None
    """None for the encoder."""


async def read_tone(answer: StoredAnswer, names: Sequence[Name]) -> Tones:
    """The tone towards each name in it, by the encoder."""
    feelings = await asyncio.to_thread(lambda: Reading(answer.answer, names).feelings())
    return Tones(feelings, sentiment.VERSION)


def tone_by(judge: Judge, at_once: int) -> Kind[Tones]:
    """Tone as an engine's model judges it."""

    async def read(answer: StoredAnswer, names: Sequence[Name]) -> Tones:
        said = await asyncio.to_thread(lambda: Reading(answer.answer, names).statements())
        return Tones(await judge.feelings(answer, said), judge_rules.VERSION, judge.name)

    version = f"{judge.name}-{judge_rules.VERSION}-{sentiment.VERSION}"
    return Kind(Subject.TONE, version, read, write_tone, at_once)


async def write_tone(fenced: Fenced, names: Sequence[Name], answer: StoredAnswer, facts: Tones) -> dict[str, int]:
    """Stores the tone of one answer towards each name in it."""
    named = [name for name in names if name.name in facts.feelings]
    rows = [
        {
            "name": name.name,
            "is_brand": name.is_brand,
            "label": facts.feelings[name.name].tone.label,
            "score": facts.feelings[name.name].tone.score,
            "sentences": facts.feelings[name.name].sentences,
            "version": facts.version,
            "judge": facts.judge,
        }
        for name in named
    ]
    await keep_tone(fenced, answer, rows)
    return {
        "sentiments_processed": 1,
        "competitor_sentiments_processed": sum(not name.is_brand for name in named),
    }


TONE = Kind(Subject.TONE, str(sentiment.VERSION), read_tone, write_tone)
