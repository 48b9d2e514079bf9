"""Cited pages and engines' searches: what they are, and sums over the answers of a cell in a day or week."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from answerbeat.schema.base import Base


class CitedPage(Base):
    """A page that answers of a brand cite or cited."""

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("customer_id", "brand_id", "digest"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    url: Mapped[str]
    title: Mapped[str | None]
    host: Mapped[str]
    domain: Mapped[str]


class PageRollup(Base):
    """How many answers of a cell in a day or week cite a page, and how often."""

    __tablename__ = "page_rollups"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cells.id"), primary_key=True)
    page_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pages.id"), primary_key=True)
    owner: Mapped[str | None]
    answers: Mapped[int]
    citations: Mapped[int]


class KindByHand(Base):
    """What a page, or all pages of a host or domain, are, as a person says."""

    __tablename__ = "page_kinds"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    url: Mapped[str | None]
    domain: Mapped[str | None]
    kind: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Search(Base):
    """A search that engines made to answer a brand's questions."""

    __tablename__ = "searches"
    __table_args__ = (UniqueConstraint("customer_id", "brand_id", "digest"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[str]


class SearchRollup(Base):
    """For how many answers of a cell in a day or week a search was made, and how often."""

    __tablename__ = "search_rollups"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cells.id"), primary_key=True)
    search_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("searches.id"), primary_key=True)
    answers: Mapped[int]
    times: Mapped[int]
