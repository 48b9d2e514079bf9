"""Sums over calls and answers, by cell: what is alike in all that are counted together."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Double, ForeignKey, Identity, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from answerbeat.schema.base import Base


class RollupDue(Base):
    """A day's answers to a question by an engine, of which some were read since they were counted."""

    __tablename__ = "rollups_due"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    brand_id: Mapped[UUID]
    query_id: Mapped[UUID]
    collector: Mapped[str]
    day: Mapped[date]


class Cell(Base):
    """A question's text, an engine, a place, a model, and the rules by which answers were read."""

    __tablename__ = "cells"
    __table_args__ = (
        UniqueConstraint(
            "customer_id", "brand_id", "query_id", "collector", "country", "locale", "city", "model", "rules",
            "question_hash", "topic", "is_branded", "surface",
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    query_id: Mapped[UUID]
    question_hash: Mapped[bytes] = mapped_column(LargeBinary)
    topic: Mapped[str]
    is_branded: Mapped[bool]
    collector: Mapped[str]
    surface: Mapped[str]
    locale: Mapped[str]
    country: Mapped[str]
    city: Mapped[str]
    model: Mapped[str]
    rules: Mapped[str]


class ReadingRules(Base):
    """Which names answers were looked through for, by the rules that read them."""

    __tablename__ = "reading_rules"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    rules: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[list[str]]


class CellRollup(Base):
    """Sums over the calls and answers of a cell in a day, month or year."""

    __tablename__ = "cell_rollups"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cells.id"), primary_key=True)
    asked: Mapped[int]
    answers: Mapped[int]
    no_overview: Mapped[int]
    failed: Mapped[int]
    naming: Mapped[int]
    all_citations: Mapped[int]
    cost_micro_usd: Mapped[int] = mapped_column(BigInteger)
    unpriced: Mapped[int]


class NameRollup(Base):
    """The same of one tracked name, where an answer names it or cites its pages."""

    __tablename__ = "name_rollups"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cells.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    named: Mapped[int]
    mentions: Mapped[int]
    placed: Mapped[int]
    position_sum: Mapped[int]
    firsts: Mapped[int]
    toned: Mapped[int]
    tone_sum: Mapped[float] = mapped_column(Double)
    cited: Mapped[int]
    citations: Mapped[int]


class CitationRollup(Base):
    """The same of one domain that was cited."""

    __tablename__ = "citation_rollups"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cells.id"), primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str | None]
    answers: Mapped[int]
    citations: Mapped[int]
