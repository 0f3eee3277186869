"""What people did: signals, and the questions that they asked."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base

VERBS = (
    "asked",
    "answer_rated",
    "citation_opened",
    "viewed",
    "progressed",
    "completed",
    "liked",
    "dismissed",
    "enrolled",
    "purchased",
    "refunded",
    "booked",
    "cancelled",
    "attended",
    "quiz_answered",
    "draw_entered",
    "invited",
    "invite_opened",
    "opted_out",
    "shared",
    "unliked",
    "unenrolled",
    "test_driven",
    "ordered",
)
UNITS = ("fraction", "seconds")

REASONS = ("off", "wrong", "outdated", "unclear")


class Signal(Base):
    """One timestamped fact of behaviour. Append-only; `idempotency_key` makes a repeat harmless.

    `value` is a number of `unit`s; where that is None, up to 1 is a fraction and more are seconds.
    """

    __tablename__ = "signals"
    __table_args__ = (
        CheckConstraint("verb IN (" + ", ".join(f"'{v}'" for v in VERBS) + ")", name="verb"),
        CheckConstraint("unit IN (" + ", ".join(f"'{u}'" for u in UNITS) + ")", name="unit"),
        Index("ix_signals_user_id_occurred_at", "user_id", "occurred_at"),
        # What became of each thing, however much else was done since.
        Index("ix_signals_user_id_verb_object_id", "user_id", "verb", "object_id"),
        Index("ix_signals_object_type_object_id", "object_type", "object_id"),
        # What happened lately, told without the rows.
        Index("ix_signals_occurred_at_verb_source", "occurred_at", "verb", "source"),
    )

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    verb: Mapped[str] = mapped_column(String(24))
    object_type: Mapped[str] = mapped_column(String(16))
    object_id: Mapped[str] = mapped_column(String(128))
    value: Mapped[float | None]
    unit: Mapped[str | None] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(32))
    campaign_id: Mapped[int | None] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(String(128), unique=True)


class Deletions(Base):
    """How often signals were deleted or changed; a trigger counts on SQLite (migration 0022).

    While that doesn't grow, ids only rise there, so what is new of a person has higher ones than
    what was read before. SQLite gives the highest ids again, once they are deleted.
    """

    __tablename__ = "deletions"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    signals: Mapped[int] = mapped_column(BigInteger)


class Voided(Base):
    """A signal that was taken back where it came from, and must not come in again."""

    __tablename__ = "voided"

    idempotency_key: Mapped[str] = mapped_column(String(128), primary_key=True)


class Platform(Base):
    """The one learning platform, by its address, whose accounts are named by our users' ids."""

    __tablename__ = "platforms"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    address: Mapped[str] = mapped_column(String(512))


class Question(Base):
    """A question with the answer that was shown, so that its citations can be opened later.

    `user_id` is None where the person didn't agree to a profile: then the words stay for under a
    day, and `id` is a negative number that nobody can guess, since it alone shows whose it is.
    `embedding` is the query vector as little-endian float16 bytes, by the model `encoder`; it feeds
    content scores, and says nothing to another model.
    `understood` is the whole question that a follow-up was taken for. `group_id` is None in a
    private chat. `confidence` is the gate's, `needed` the one from which on it answered, and
    `reader_score` the reader's log-odds. `reason` (one of REASONS) and `comment` say what was
    wrong.
    """

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_user_id_asked_at", "user_id", "asked_at"),
        Index(
            "ix_questions_unlinked",
            "asked_at",
            sqlite_where=sql_text("user_id IS NULL AND text <> ''"),
            postgresql_where=sql_text("user_id IS NULL AND text <> ''"),
        ),
        # Else ids follow on unlinked ones, which nobody may guess.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[AutoId]
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE")
    )
    group_id: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    understood: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    answer: Mapped[str] = mapped_column(Text)
    refused: Mapped[bool] = mapped_column(index=True)
    confidence: Mapped[float | None]
    needed: Mapped[float | None]
    reader_score: Mapped[float | None]
    mode: Mapped[str] = mapped_column(String(16))
    citations: Mapped[list[dict[str, Any]]]
    index_version: Mapped[str | None] = mapped_column(String(64))
    embedding: Mapped[bytes | None] = mapped_column(LargeBinary)
    encoder: Mapped[str] = mapped_column(Text, default="bundled", server_default="bundled")
    rating: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(16))
    comment: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(index=True)
