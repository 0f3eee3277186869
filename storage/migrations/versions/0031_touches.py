"""Signed links, touches, and the acts that come of them."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import BigId, UtcDateTime

revision = "0031_touches"
down_revision = "0030_leads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_links_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "touches",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("source_id", sa.String(128), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("idempotency_key", sa.String(128), nullable=False),
        sa.CheckConstraint(
            "source IN ('campaign', 'recommendation', 'link')", name=op.f("ck_touches_source")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_touches_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_touches_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_touches"),
        sa.UniqueConstraint("idempotency_key", name="uq_touches_idempotency_key"),
    )
    op.create_index(
        "ix_touches_user_id_item_id_touched_at", "touches", ["user_id", "item_id", "touched_at"]
    )
    op.create_index("ix_touches_source_source_id", "touches", ["source", "source_id"])
    op.create_table(
        "attributions",
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("act_id", sa.String(160), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("first_touch_id", sa.BigInteger(), nullable=False),
        sa.Column("last_touch_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "act IN ('signal', 'order', 'booking', 'lead')", name=op.f("ck_attributions_act")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_attributions_{column}", ondelete="CASCADE"
            )
            for column, table in (
                ("user_id", "users"),
                ("first_touch_id", "touches"),
                ("last_touch_id", "touches"),
            )
        ),
        sa.PrimaryKeyConstraint("act", "act_id", name="pk_attributions"),
    )
    for column in ("user_id", "first_touch_id", "last_touch_id"):
        op.create_index(f"ix_attributions_{column}", "attributions", [column])


def downgrade() -> None:
    for table in ("attributions", "touches", "links"):
        op.drop_table(table)
