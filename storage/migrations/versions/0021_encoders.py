"""Which model a question's vector is by."""

import sqlalchemy as sa
from alembic import op

revision = "0021_encoders"
down_revision = "0020_platforms"
branch_labels = None
depends_on = None

# Of the bundled model's vectors, which most are: 384 numbers of two bytes.
BUNDLED = 768


def upgrade() -> None:
    op.add_column(
        "questions", sa.Column("encoder", sa.Text(), server_default="bundled", nullable=False)
    )
    op.execute(f"UPDATE questions SET encoder = '' WHERE length(embedding) <> {BUNDLED}")  # noqa: S608


def downgrade() -> None:
    op.drop_column("questions", "encoder")
