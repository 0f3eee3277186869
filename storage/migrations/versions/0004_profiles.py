"""Tags of profiles that people took away or corrected."""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0004_profiles"
down_revision = "0003_golden"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tag_overrides",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("instead", sa.String(length=64), nullable=True),
        sa.Column("made_at", storage.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_tag_overrides_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "tag", name=op.f("pk_tag_overrides")),
    )


def downgrade() -> None:
    op.drop_table("tag_overrides")
