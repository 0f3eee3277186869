"""Prize draws, their entries, and who was offered what."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import BigId, UtcDateTime

revision = "0029_draws"
down_revision = "0028_learning"
branch_labels = None
depends_on = None

HELD = sa.text("outcome IN ('open', 'claimed')")


def upgrade() -> None:
    op.create_table(
        "draws",
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("terms_hash", sa.String(64), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("entries_until", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("frozen_at", UtcDateTime()),
        sa.Column("tickets", sa.JSON()),
        sa.Column("entries", sa.Integer()),
        sa.Column("list_hash", sa.String(64)),
        sa.Column("drawn_at", UtcDateTime()),
        sa.CheckConstraint("state IN ('open', 'frozen', 'drawn')", name="state"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_draws_item_id"),
        sa.PrimaryKeyConstraint("item_id", name="pk_draws"),
    )
    op.create_table(
        "draw_entries",
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["draws.item_id"], name="fk_draw_entries_item_id"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_draw_entries_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "user_id", name="pk_draw_entries"),
        sa.UniqueConstraint("ticket", name="uq_draw_entries_ticket"),
    )
    op.create_index("ix_draw_entries_user_id", "draw_entries", ["user_id"])
    op.create_table(
        "draw_awards",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("claim_until", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.CheckConstraint("outcome IN ('open', 'claimed', 'declined', 'expired')", name="outcome"),
        sa.ForeignKeyConstraint(["item_id"], ["draws.item_id"], name="fk_draw_awards_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_draw_awards"),
        sa.UniqueConstraint("item_id", "rank", name="uq_draw_awards_rank"),
        sa.UniqueConstraint("item_id", "ticket", name="uq_draw_awards_ticket"),
    )
    op.create_index(
        "uq_draw_awards_unit",
        "draw_awards",
        ["item_id", "unit"],
        unique=True,
        sqlite_where=HELD,
        postgresql_where=HELD,
    )


def downgrade() -> None:
    op.drop_table("draw_awards")
    op.drop_table("draw_entries")
    op.drop_table("draws")
