"""Campaigns, their wordings and their recipients: one row per person, so that nobody is invited
twice; what they were measured to change; and the log of who did what to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base, Localised

CAMPAIGN_STATUSES = (
    "draft",
    "submitted",
    "approved",
    "scheduled",
    "sending",
    "paused",
    "done",
    "cancelled",
)
RECIPIENT_STATUSES = (
    "pending",
    "sending",
    "sent",
    "blocked",
    "failed",
    "unknown",
    "skipped",
    "held",
)
ARMS = ("treated", "holdout", "global")
# No arm is drawn for them yet.
UNDEALT = "assigned_at IS NULL AND status = 'pending'"


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


class Campaign(Base):
    """An invite to an item for an audience (`segment`), which is frozen into recipients.

    A large one is looked through when it is sent: `filled_to` is the last user who was, None when
    that is done.
    `resends`: how often an admin had it sent again to those whose invite was in doubt.

    draft → submitted (by its writer) → approved (by another, who read what `approved_digest` is of)
    → scheduled (until `starts_at`) or sending ⇄ paused → done, or cancelled from any before.
    `holdout`: share of the audience, drawn by a hash with `salt`, that gets nothing; both are
    locked at the launch. `window_days`: for how long after a person's assignment what they do
    counts. `every_days`, `until`: when it is done, another like it (`parent_id`) is scheduled.
    `quiet`: hours "22-8" in each person's own zone in which nothing is sent; `most_a_week`: so many
    invites a person gets in seven days from all campaigns; either only delays. `error_rate`: from
    which share of failures on it pauses by itself, which `paused_because` tells. `paid`: sent as
    Telegram's paid broadcast. Costs and budget are in fen (1/100 CNY).
    `url`: where the link that stands under a tapped invite's card leads.
    One without a `name` is a plain broadcast. `edited_by`: who changed it last, None for its
    writer. Its progress is shown in a message of `progress_chat_id`, else of its writer's chat.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint(_among("status", CAMPAIGN_STATUSES), name="status"),
        CheckConstraint("holdout >= 0 AND holdout <= 0.9", name="holdout"),
    )

    id: Mapped[AutoId]
    created_by: Mapped[int] = mapped_column(BigInteger)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    segment: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    progress_message_id: Mapped[int | None] = mapped_column(BigInteger)
    progress_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    launched_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    resends: Mapped[int] = mapped_column(default=0, server_default="0")
    filled_to: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(128), default="", server_default="")
    brand: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(BigInteger)
    approved_at: Mapped[datetime | None]
    approved_digest: Mapped[str | None] = mapped_column(String(64))
    holdout: Mapped[float] = mapped_column(default=0.0, server_default="0")
    salt: Mapped[str | None] = mapped_column(String(32))
    window_days: Mapped[int] = mapped_column(default=14, server_default="14")
    starts_at: Mapped[datetime | None]
    every_days: Mapped[int | None]
    until: Mapped[datetime | None]
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    quiet: Mapped[str | None] = mapped_column(String(8))
    most_a_week: Mapped[int | None]
    error_rate: Mapped[float] = mapped_column(default=0.2, server_default="0.2")
    paused_because: Mapped[str | None] = mapped_column(String(128))
    paid: Mapped[bool] = mapped_column(default=False, server_default=false())
    cost_fen: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    cost_each_fen: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    budget_fen: Mapped[int | None] = mapped_column(BigInteger)
    url: Mapped[str | None] = mapped_column(String(512))
    edited_by: Mapped[int | None] = mapped_column(BigInteger)
    refused_because: Mapped[str | None] = mapped_column(String(500))


class Variant(Base):
    """One wording of a campaign, by its letter; `text` stands over the item's card.

    `media` is a file under the data folder, uploaded once: then `file_id` names it.
    """

    __tablename__ = "variants"
    __table_args__ = (CheckConstraint("weight > 0", name="weight"),)

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(1), primary_key=True)
    text: Mapped[Localised]
    media: Mapped[str | None] = mapped_column(String(256))
    file_id: Mapped[str | None] = mapped_column(String(256))
    weight: Mapped[int] = mapped_column(default=1, server_default="1")


class Recipient(Base):
    """One person's invite.

    `sending` is committed before the call to Telegram, which knows no idempotency key: a row
    still `sending` after a crash or a broken connection becomes `unknown` and is not sent again,
    unless an admin says so: then it is `doubted` for good, since they may have it already.
    `attempts` counts the tries that surely failed.

    `arm`: who is in the campaign's or the global holdout is `held` for good. `variant`, `arm` and
    `segment` (by K-means) are as they were at `assigned_at`. Not sent before `not_before`, because
    of `delayed_by` (quiet, cap).
    """

    __tablename__ = "recipients"
    __table_args__ = (
        CheckConstraint(_among("status", RECIPIENT_STATUSES), name="status"),
        CheckConstraint(_among("arm", ARMS), name="arm"),
        CheckConstraint("(status = 'held') = (arm <> 'treated')", name="held"),
        Index(
            "ix_recipients_campaign_id_status",
            *("campaign_id", "status", "not_before", "attempts", "user_id"),
        ),
        # Few at any time: those of a slice that was just looked through.
        Index(
            "ix_recipients_undealt",
            *("campaign_id", "user_id"),
            sqlite_where=text(UNDEALT),
            postgresql_where=text(UNDEALT),
        ),
    )

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    status: Mapped[str] = mapped_column(String(16), default="pending")
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(String(256))
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    doubted: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_at: Mapped[datetime]
    arm: Mapped[str] = mapped_column(String(8), default="treated", server_default="treated")
    variant: Mapped[str | None] = mapped_column(String(1))
    segment: Mapped[int | None]
    assigned_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    delayed_by: Mapped[str | None] = mapped_column(String(8))


class Salt(Base):
    """What people are drawn with for as long as the installation lasts, by what it is for."""

    __tablename__ = "salts"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32))


class Sender(Base):
    """The one process that sends campaigns, until its lease runs out: one row at most."""

    __tablename__ = "senders"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    process: Mapped[str] = mapped_column(String(32))
    leased_until: Mapped[datetime]


class Effect(Base):
    """What a campaign was measured to change of one `outcome` (a verb) in one `segment` ("all", or
    a K-means segment's number): of `treated` people `treated_did`, of `held` ones `held_did`.

    `difference` is of their shares, `low` and `high` its always-valid interval.
    """

    __tablename__ = "effects"

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    segment: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(24), primary_key=True)
    treated: Mapped[int]
    treated_did: Mapped[int]
    held: Mapped[int]
    held_did: Mapped[int]
    difference: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    measured_at: Mapped[datetime]


class Dialogue(Base):
    """What a member of staff was asked to type next, so that a restart doesn't forget it."""

    __tablename__ = "dialogues"

    user_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    asked: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what to a campaign, for good: a trigger refuses changes and deletions.

    `hash` is SHA-256 of the entry and of `before`, the hash of the entry before it.
    """

    __tablename__ = "audit_log"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[AutoId]
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(String(96), index=True)
    detail: Mapped[dict[str, Any]]
    before: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
