"""Golden questions, and how sure the bot was of an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003_golden"
down_revision = "0002_dialogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "golden_questions",
        sa.Column("question", sa.String(length=1000), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("question", name=op.f("pk_golden_questions")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confidence", sa.Double(), nullable=True))


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew and take along what hangs on it.
    op.drop_column("questions", "confidence")
    op.drop_table("golden_questions")
