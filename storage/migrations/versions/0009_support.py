"""Words to the admins wait until one has them; an order outlives its buyer's data, without a name."""

import sqlalchemy as sa
from alembic import op

revision = "0009_support"
down_revision = "0008_unlinked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "support_words",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_support_words_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_support_words"),
    )
    op.create_index("ix_support_words_user_id", "support_words", ["user_id"])
    op.create_index("ix_support_words_told_at", "support_words", ["told_at"])
    with op.batch_alter_table("orders") as table:
        table.alter_column("user_id", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM orders WHERE user_id IS NULL")
    with op.batch_alter_table("orders") as table:
        table.alter_column("user_id", existing_type=sa.BigInteger(), nullable=False)
    op.drop_table("support_words")
