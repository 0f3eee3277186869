"""Lists of recommendations that were shown, with their propensities."""

import sqlalchemy as sa
from alembic import op

revision = "0005_shown_lists"
down_revision = "0004_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown_lists",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("propensities", sa.JSON(), nullable=False),
        sa.Column("considered", sa.JSON(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=True),
        sa.Column("idempotency_key", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_shown_lists_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_lists")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_shown_lists_idempotency_key")),
    )
    op.create_index("ix_shown_lists_user_id_shown_at", "shown_lists", ["user_id", "shown_at"])


def downgrade() -> None:
    op.drop_table("shown_lists")
