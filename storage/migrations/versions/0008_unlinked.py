"""Questions of people who didn't agree to a profile stand without their id, for under a day."""

import sqlalchemy as sa
from alembic import op

revision = "0008_unlinked"
down_revision = "0007_reader"
branch_labels = None
depends_on = None

UNLINKED = sa.text("user_id IS NULL AND text <> ''")


def upgrade() -> None:
    with op.batch_alter_table("questions") as table:
        table.alter_column("user_id", existing_type=sa.BigInteger(), nullable=True)
    op.create_index(
        "ix_questions_unlinked",
        "questions",
        ["asked_at"],
        sqlite_where=UNLINKED,
        postgresql_where=UNLINKED,
    )
    # What was kept of them until now goes by the same rule.
    op.execute(
        "UPDATE questions SET user_id = NULL, embedding = NULL WHERE user_id IN "
        "(SELECT id FROM users WHERE personalisation IS NOT TRUE) "
        "AND id NOT IN (SELECT question_id FROM help_requests)"
    )


def downgrade() -> None:
    op.drop_index("ix_questions_unlinked", "questions")
    op.execute("DELETE FROM questions WHERE user_id IS NULL")
    with op.batch_alter_table("questions") as table:
        table.alter_column("user_id", existing_type=sa.BigInteger(), nullable=False)
