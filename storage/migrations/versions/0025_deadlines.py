"""What is to be done at a time: reminders, holds that run out, offers that lapse."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import BigId, UtcDateTime

revision = "0025_deadlines"
down_revision = "0024_memberships"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('due', 'taken')")


def upgrade() -> None:
    op.create_table(
        "deadlines",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("about", sa.String(96), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("leased_until", UtcDateTime()),
        sa.Column("takes", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'taken', 'done', 'dropped', 'failed', 'doubtful')", name="state"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_deadlines_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deadlines"),
        sa.UniqueConstraint("kind", "about", name="uq_deadlines_kind_about"),
    )
    op.create_index("ix_deadlines_user_id", "deadlines", ["user_id"])
    op.create_index(
        "ix_deadlines_open", "deadlines", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_table("deadlines")
