"""Dialogue: follow-ups, reasons of bad ratings, and requests for a person's answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002_dialogue"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("understood", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("group_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("comment", sa.Text(), nullable=True))

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("conversation_from", sa.DateTime(timezone=True), nullable=True)
        )

    op.create_table(
        "help_requests",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.String(length=128), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'answered', 'sending', 'sent', 'blocked', 'failed', 'unknown')",
            name=op.f("ck_help_requests_status"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["questions.id"],
            name=op.f("fk_help_requests_question_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_help_requests_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests")),
        sa.UniqueConstraint("question_id", name=op.f("uq_help_requests_question_id")),
    )
    with op.batch_alter_table("help_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_help_requests_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_help_requests_user_id"), ["user_id"], unique=False)

    op.create_table(
        "help_forwards",
        sa.Column("editor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["help_requests.id"],
            name=op.f("fk_help_forwards_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("editor_id", "message_id", name=op.f("pk_help_forwards")),
    )
    with op.batch_alter_table("help_forwards", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_help_forwards_request_id"), ["request_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("help_forwards")
    op.drop_table("help_requests")
    # Not in a batch: SQLite would make these tables anew, and dropping the old ones takes along
    # what hangs on them.
    op.drop_column("users", "conversation_from")
    for name in ("comment", "reason", "group_id", "understood"):
        op.drop_column("questions", name)
