"""Signals of other platforms: units, more verbs, what was taken back, and whose ids are ours."""

import sqlalchemy as sa
from alembic import op

revision = "0020_platforms"
down_revision = "0009_support"
branch_labels = None
depends_on = None

OLD = "'asked', 'answer_rated', 'citation_opened', 'viewed', 'progressed', 'completed', 'liked', 'dismissed', 'enrolled', 'purchased', 'refunded', 'booked', 'cancelled', 'attended', 'quiz_answered', 'draw_entered', 'invited', 'invite_opened', 'opted_out', 'shared'"
NEW = f"{OLD}, 'unliked', 'unenrolled', 'test_driven', 'ordered'"
STATEMENTS = "idempotency_key LIKE 'xapi:%'"


def upgrade() -> None:
    op.create_table(
        "voided",
        sa.Column("idempotency_key", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", name=op.f("pk_voided")),
    )
    op.create_table(
        "platforms",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_platforms_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platforms")),
    )
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit", sa.String(length=8), nullable=True))
        batch_op.drop_constraint(op.f("ck_signals_verb"), type_="check")
        batch_op.create_check_constraint(op.f("ck_signals_verb"), f"verb IN ({NEW})")
        batch_op.create_check_constraint(op.f("ck_signals_unit"), "unit IN ('fraction', 'seconds')")
        batch_op.create_index(
            "ix_signals_user_id_verb_object_id", ["user_id", "verb", "object_id"], unique=False
        )
    # A statement's UUID is the same in either case: the first of two stays.
    op.execute(
        f"DELETE FROM signals WHERE {STATEMENTS} AND id NOT IN "  # noqa: S608
        f"(SELECT min(id) FROM signals WHERE {STATEMENTS} GROUP BY lower(idempotency_key))"
    )
    op.execute(
        f"UPDATE signals SET idempotency_key = lower(idempotency_key) WHERE {STATEMENTS} "  # noqa: S608
        "AND idempotency_key <> lower(idempotency_key)"
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM signals WHERE verb IN ('unliked', 'unenrolled', 'test_driven', 'ordered')"
    )
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.drop_index("ix_signals_user_id_verb_object_id")
        batch_op.drop_constraint(op.f("ck_signals_unit"), type_="check")
        batch_op.drop_constraint(op.f("ck_signals_verb"), type_="check")
        batch_op.create_check_constraint(op.f("ck_signals_verb"), f"verb IN ({OLD})")
        batch_op.drop_column("unit")
    op.drop_table("platforms")
    op.drop_table("voided")
