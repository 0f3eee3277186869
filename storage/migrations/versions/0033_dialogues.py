"""Who edited a campaign last, in whose chat it is watched, why it was refused, and what staff were
asked to type."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0033_dialogues"
down_revision = "0033_brands"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.add_column(sa.Column("edited_by", sa.BigInteger()))
        batch_op.add_column(sa.Column("progress_chat_id", sa.BigInteger()))
        batch_op.add_column(sa.Column("refused_because", sa.String(500)))
    op.create_table(
        "dialogues",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_dialogues_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_dialogues")),
    )


def downgrade() -> None:
    op.drop_table("dialogues")
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.drop_column("edited_by")
        batch_op.drop_column("progress_chat_id")
        batch_op.drop_column("refused_because")
