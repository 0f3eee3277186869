"""Lessons that were read, quizzes and their points, names for these, certificates."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0028_learning"
down_revision = "0027_shelf"
branch_labels = None
depends_on = None


def _user(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_user_id"
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "lessons_read",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("course", sa.String(64), nullable=False),
        sa.Column("lesson", sa.String(128), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        _user("lessons_read"),
        sa.PrimaryKeyConstraint("user_id", "course", "lesson", name="pk_lessons_read"),
    )
    op.create_table(
        "quiz_answers",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        _user("quiz_answers"),
        sa.PrimaryKeyConstraint("user_id", "question", name="pk_quiz_answers"),
    )
    op.create_table(
        "quiz_polls",
        sa.Column("poll_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("game", sa.String(64)),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        _user("quiz_polls"),
        sa.PrimaryKeyConstraint("poll_id", name="pk_quiz_polls"),
    )
    op.create_index("ix_quiz_polls_user_id", "quiz_polls", ["user_id"])
    op.create_table(
        "quiz_weeks",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        _user("quiz_weeks"),
        sa.PrimaryKeyConstraint("week", "user_id", name="pk_quiz_weeks"),
    )
    op.create_index("ix_quiz_weeks_user_id", "quiz_weeks", ["user_id"])
    op.create_index("ix_quiz_weeks_week_points", "quiz_weeks", ["week", "points"])
    op.create_table(
        "learners",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("certificate_name", sa.String(64)),
        sa.Column("leaderboard_name", sa.String(64)),
        _user("learners"),
        sa.PrimaryKeyConstraint("user_id", name="pk_learners"),
    )
    op.create_table(
        "certificates",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("lessons", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(128), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        _user("certificates"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_certificates_item_id"),
        sa.PrimaryKeyConstraint("code", name="pk_certificates"),
    )
    op.create_index("ix_certificates_user_id", "certificates", ["user_id"])
    op.create_index("ix_certificates_opened_by", "certificates", ["opened_by"])
    op.create_index(
        "uq_certificates_valid",
        "certificates",
        ["user_id", "item_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    for table in (
        "certificates",
        "learners",
        "quiz_weeks",
        "quiz_polls",
        "quiz_answers",
        "lessons_read",
    ):
        op.drop_table(table)
