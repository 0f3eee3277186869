"""The message that offers a membership: its payment is confirmed there."""

import sqlalchemy as sa
from alembic import op

revision = "0026_membership_cards"
down_revision = "0025_deadlines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memberships", sa.Column("card_message_id", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("memberships", "card_message_id")
