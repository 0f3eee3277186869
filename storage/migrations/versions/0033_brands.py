"""Rule books of brands, their versions, and turns in how a brand is spoken of."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0033_brands"
down_revision = "0033_sending"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_brands"),
    )
    op.create_table(
        "brand_books",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("imported_by", sa.BigInteger()),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        _of_brand("brand_books"),
        sa.PrimaryKeyConstraint("brand_id", "version", name="pk_brand_books"),
    )
    op.create_table(
        "brand_turns",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("week", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        _of_brand("brand_turns"),
        sa.PrimaryKeyConstraint("brand_id", "week", "kind", name="pk_brand_turns"),
    )


def _of_brand(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id"], ["brands.id"], name=f"fk_{table}_brand_id", ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in ("brand_turns", "brand_books", "brands"):
        op.drop_table(table)
