"""How far a bot's Star transactions were compared with the orders."""

import sqlalchemy as sa
from alembic import op

revision = "0011_star_ledger"
down_revision = "0010_put_aside"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "star_ledger",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", name="pk_star_ledger"),
    )


def downgrade() -> None:
    op.drop_table("star_ledger")
