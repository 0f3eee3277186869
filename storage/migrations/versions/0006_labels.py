"""What is said about a document beside its file."""

import sqlalchemy as sa
from alembic import op

revision = "0006_labels"
down_revision = "0005_shown_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("label", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("documents", "label")
