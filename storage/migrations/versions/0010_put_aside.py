"""Updates that are put aside: why, and whose, so that a deletion finds them."""

import sqlalchemy as sa
from alembic import op

revision = "0010_put_aside"
down_revision = "0021_encoders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("aside", sa.String(256), nullable=True))
    op.add_column("inbox", sa.Column("user_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_inbox_user_id", "inbox", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_inbox_user_id", "inbox")
    op.drop_column("inbox", "user_id")
    op.drop_column("inbox", "aside")
