"""What all tables share."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Dialect, MetaData, Text, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase

from answerbeat.jsons import JsonObject
from answerbeat.kinds import CatchUp, JobType, OverlapPolicy, RunStatus, Trigger

KINDS: tuple[type[StrEnum], ...] = (CatchUp, JobType, OverlapPolicy, RunStatus, Trigger)
"""The words that columns hold, and their constraints allow."""


class KindColumn(TypeDecorator[StrEnum]):
    """A column of text whose words are a kind's."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind
        self._words: dict[str, StrEnum] = {word: word for word in kind}

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """The word as its kind."""
        return None if value is None else self._words[value]


class Base(DeclarativeBase):
    """The declarative base: Python types stand for column types."""

    metadata = MetaData()
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        datetime: DateTime(timezone=True),
        str: Text(),
        UUID: Uuid(),
        list[str]: ARRAY(Text()),
        JsonObject: JSONB(),
        list[JsonObject]: JSONB(),
        **{kind: KindColumn(kind) for kind in KINDS},
    }
