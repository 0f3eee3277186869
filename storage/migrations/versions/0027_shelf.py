"""Coupons and who holds them, what an order paid of the list price, favourites, photos of items."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0027_shelf"
down_revision = "0026_slots"
branch_labels = None
depends_on = None

LIVE = sa.text("status IN ('reserved', 'paid')")


def upgrade() -> None:
    op.create_table(
        "coupons",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("batch", sa.String(40)),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("cut", sa.String(8), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("brands", sa.JSON(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("valid_from", UtcDateTime()),
        sa.Column("valid_until", UtcDateTime()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(cut = 'percent' AND amount BETWEEN 1 AND 99) OR (cut = 'stars' AND amount >= 1)"
            " OR (cut = 'free' AND amount = 0)",
            name="cut",
        ),
        sa.CheckConstraint("uses >= 0 AND (total IS NULL OR uses <= total)", name="uses"),
        sa.CheckConstraint("per_person >= 1", name="per_person"),
        sa.PrimaryKeyConstraint("code", name="pk_coupons"),
    )
    op.create_index("ix_coupons_batch", "coupons", ["batch"])
    op.create_table(
        "coupon_holders",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_coupon_holders_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["code"], ["coupons.code"], name="fk_coupon_holders_code", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "code", name="pk_coupon_holders"),
    )
    op.create_index("ix_coupon_holders_code", "coupon_holders", ["code"])
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_favourites_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_favourites_item_id"),
        sa.PrimaryKeyConstraint("user_id", "item_id", name="pk_favourites"),
    )
    op.create_table(
        "photos",
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        # Telegram's name of the file, as one bot knows it.
        sa.Column("bot_id", sa.BigInteger()),
        sa.Column("file_id", sa.String(256)),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_photos_item_id"),
        sa.PrimaryKeyConstraint("item_id", name="pk_photos"),
    )
    # In SQL that both databases read: a batch would copy the table without its checks.
    for column in (
        "taken_off INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_orders_taken_off CHECK (taken_off >= 0)",
        "coupon_code VARCHAR(32) CONSTRAINT fk_orders_coupon_code REFERENCES coupons (code)",
        "coupon_turn INTEGER",
    ):
        op.execute(f"ALTER TABLE orders ADD COLUMN {column}")
    op.create_index(
        "uq_orders_coupon_turn",
        "orders",
        ["coupon_code", "user_id", "coupon_turn"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.drop_index("uq_orders_coupon_turn", "orders")
    with op.batch_alter_table("orders") as table:
        for column in ("coupon_turn", "coupon_code", "taken_off"):
            table.drop_column(column)
    for name in ("photos", "favourites", "coupon_holders", "coupons"):
        op.drop_table(name)
