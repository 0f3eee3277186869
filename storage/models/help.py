"""Questions that a person of the content team is asked to answer, and words to the admins."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base


class HelpRequest(Base):
    """One question handed to the content team; a question is handed over at most once.

    open → answered (the first editor's words are in) → sending → sent, blocked, failed or unknown.
    `sending` is committed before the call to Telegram: what is still `sending` after a crash may
    have arrived, so it becomes `unknown` and is never sent again.
    """

    __tablename__ = "help_requests"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'answered', 'sending', 'sent', 'blocked', 'failed', 'unknown')",
            name="status",
        ),
    )

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    question_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("questions.id", ondelete="CASCADE"), unique=True
    )
    status: Mapped[str] = mapped_column(String(16), default="open", index=True)
    answer: Mapped[str | None] = mapped_column(Text)
    # The editor's id isn't the asker's data, so their copy of it leaves it out.
    answered_by: Mapped[int | None] = mapped_column(BigInteger, info={"withheld": True})
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    document_id: Mapped[str | None] = mapped_column(String(128))


class HelpForward(Base):
    """The message in which an editor was shown a request; a reply to it is the answer."""

    __tablename__ = "help_forwards"

    editor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("help_requests.id", ondelete="CASCADE"), index=True
    )


class SupportWords(Base):
    """What somebody wrote after /paysupport. It waits until an admin has it (`told_at`)."""

    __tablename__ = "support_words"

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None] = mapped_column(index=True)
