"""What people learn and play: lessons that they read, quizzes, points, certificates."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Localised


class LessonRead(Base):
    """A lesson of a course that a person opened. `lesson` is its number in the course, which is the
    same in both languages, or its document's id where it has none of its own."""

    __tablename__ = "lessons_read"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    course: Mapped[str] = mapped_column(String(64), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(128), primary_key=True)
    read_at: Mapped[datetime]


class QuizAnswer(Base):
    """The first answer of a person to a question, told by the hash of its words: a repeat is none,
    so that it adds no points."""

    __tablename__ = "quiz_answers"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(String(32), primary_key=True)
    right: Mapped[bool]
    answered_at: Mapped[datetime]


class QuizPoll(Base):
    """A quiz that was sent and waits for its answer; `right` is the number of its option."""

    __tablename__ = "quiz_polls"

    poll_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    question: Mapped[str] = mapped_column(String(32))
    right: Mapped[int]
    game: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime]


class QuizWeek(Base):
    """A person's points of a week, which is told by its Monday."""

    __tablename__ = "quiz_weeks"
    __table_args__ = (Index("ix_quiz_weeks_week_points", "week", "points"),)

    week: Mapped[date] = mapped_column(Date, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    points: Mapped[int]


class Learner(Base):
    """Names that a person chose: for certificates, and for the leaderboard. Who has none of the
    latter is not on it."""

    __tablename__ = "learners"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    certificate_name: Mapped[str | None] = mapped_column(String(64))
    leaderboard_name: Mapped[str | None] = mapped_column(String(64))


class Certificate(Base):
    """That a person read a whole course. `opened_by`: the order or the charge of the month that
    opened it; its refund revokes. Whoever has the code sees the name only with `shows_name`."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index(
            "uq_certificates_valid",
            "user_id",
            "item_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    title: Mapped[Localised]
    name: Mapped[str] = mapped_column(String(64))
    shows_name: Mapped[bool] = mapped_column(default=False)
    lessons: Mapped[int]
    opened_by: Mapped[str] = mapped_column(String(128), index=True)
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
