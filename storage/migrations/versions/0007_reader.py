"""How near a question came to an answer: the probability that was needed, and the reader's score."""

import sqlalchemy as sa
from alembic import op

revision = "0007_reader"
down_revision = "0006_labels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("questions", sa.Column("needed", sa.Double(), nullable=True))
    op.add_column("questions", sa.Column("reader_score", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("questions", "reader_score")
    op.drop_column("questions", "needed")
