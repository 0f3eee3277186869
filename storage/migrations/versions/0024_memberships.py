"""Plans by the month, memberships, and the months that were paid."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0024_memberships"
down_revision = "0023_rich_messages"
branch_labels = None
depends_on = None

RUNNING = sa.text("status IN ('reserved', 'active', 'failed')")


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("price_stars", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("price_stars >= 1 AND price_stars <= 10000", name="price"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("price_stars", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'reserved', 'active', 'cancelled', 'failed', 'expired')",
            name="status",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_memberships_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_memberships_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.create_index(
        "uq_memberships_running",
        "memberships",
        ["user_id", "plan_id"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )
    op.create_table(
        "paid_months",
        sa.Column("charge_id", sa.String(128), nullable=False),
        sa.Column("membership_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime()),
        sa.CheckConstraint("status IN ('paid', 'refund_due', 'refunded')", name="status"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name="fk_paid_months_membership_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_paid_months_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("charge_id", name="pk_paid_months"),
    )
    op.create_index("ix_paid_months_membership_id", "paid_months", ["membership_id"])
    op.create_index("ix_paid_months_user_id", "paid_months", ["user_id"])


def downgrade() -> None:
    op.drop_table("paid_months")
    op.drop_table("memberships")
    op.drop_table("plans")
