"""Brands, their competitors, and what to ask about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from answerbeat.ids import new_id
from answerbeat.schema.base import Base


def _of_brand(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["brand_id", "customer_id"], ["brands.id", "brands.customer_id"], name=name)


class Brand(Base):
    """A brand of a customer."""

    __tablename__ = "brands"
    __table_args__ = (
        UniqueConstraint("id", "customer_id"),
        # A name is free again as soon as its brand is deleted.
        Index(
            "uq_brands_customer_id_name",
            "customer_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    domains: Mapped[list[str]] = mapped_column(default=list)
    ai_models: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    """Since when it is gone for all who look, while its history goes."""


class Competitor(Base):
    """A name to compare the brand with."""

    __tablename__ = "competitors"
    __table_args__ = (UniqueConstraint("brand_id", "name"), _of_brand("fk_competitors_brand"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    domains: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Topic(Base):
    """What a group of questions is about."""

    __tablename__ = "topics"
    __table_args__ = (UniqueConstraint("brand_id", "name"), _of_brand("fk_topics_brand"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class GeneratedQuery(Base):
    """A question to ask the engines."""

    __tablename__ = "generated_queries"
    __table_args__ = (_of_brand("fk_generated_queries_brand"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    topic_id: Mapped[UUID] = mapped_column(ForeignKey("topics.id"), index=True)
    text: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str | None]
    country: Mapped[str | None]
    is_branded: Mapped[bool | None]
    """Whether it names the brand, as a person says; None leaves it to the reader's rules."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
