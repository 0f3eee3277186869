"""How often signals were deleted or changed, so that what is held in memory of people follows."""

import sqlalchemy as sa
from alembic import op

revision = "0022_deletions"
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


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER signals_deleted")
        op.execute("DROP TRIGGER signals_changed")
    op.drop_table("deletions")
