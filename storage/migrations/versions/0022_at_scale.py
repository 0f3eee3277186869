"""What keeps requests quick with a million people and many millions of signals.

`deletions`: how often signals were deleted or changed, so that what is held in memory of people
follows. `campaigns.filled_to`: up to which user a large audience was looked through. Indexes for
what is asked of a person, and for what foreign keys look through when one is deleted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_at_scale"
down_revision = "0014_question_ids"
branch_labels = None
depends_on = None

# PostgreSQL's ids come from a sequence, which gives none twice.
SQLITE = tuple(
    f"""CREATE TRIGGER signals_{name} AFTER {event} ON signals BEGIN
        UPDATE deletions SET signals = signals + 1;
    END"""  # noqa: S608
    for name, event in (("deleted", "DELETE"), ("changed", "UPDATE"))
)

INDEXES = (
    ("signals", ("occurred_at", "verb", "source")),
    ("questions", ("user_id", "asked_at")),
    ("users", ("created_at",)),
    ("bookings", ("user_id",)),
    ("recipients", ("user_id",)),
)


def upgrade() -> None:
    deletions = op.create_table(
        "deletions",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signals", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_deletions_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    op.bulk_insert(deletions, [{"id": 1, "signals": 0}])
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
    op.add_column("campaigns", sa.Column("filled_to", sa.BigInteger(), nullable=True))
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    op.drop_index("ix_questions_user_id", "questions")


def downgrade() -> None:
    op.create_index("ix_questions_user_id", "questions", ["user_id"])
    for table, columns in INDEXES:
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    op.drop_column("campaigns", "filled_to")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER signals_deleted")
        op.execute("DROP TRIGGER signals_changed")
    op.drop_table("deletions")
