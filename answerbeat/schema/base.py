"""What all tables share."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase

from answerbeat.jsons import JsonObject


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
    }
