"""What the content team keeps: documents, of which every index is built, and golden questions."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Document(Base):
    """A source file as it was sent, and what was said about it beside it, as YAML.

    `removed_at` takes it out of the next index.
    """

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    title: Mapped[str] = mapped_column(String(512))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(Text, server_default="")
    digest: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[int | None] = mapped_column(BigInteger)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class GoldenQuestion(Base):
    """A question that every index is measured by.

    Any of `documents` (ids) answers it; with none of them it must be refused.
    """

    __tablename__ = "golden_questions"

    question: Mapped[str] = mapped_column(String(1000), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    documents: Mapped[list[str]]
