"""Invites whose arrival is in doubt can be sent again; what surely failed is tried a few times."""

import sqlalchemy as sa
from alembic import op

revision = "0012_sent_again"
down_revision = "0011_star_ledger"
branch_labels = None
depends_on = None

INDEX = "ix_recipients_campaign_id_status"


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("resends", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "recipients", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "recipients",
        sa.Column("doubted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.drop_index(INDEX, "recipients")
    op.create_index(INDEX, "recipients", ["campaign_id", "status", "attempts", "user_id"])


def downgrade() -> None:
    op.drop_index(INDEX, "recipients")
    op.create_index(INDEX, "recipients", ["campaign_id", "status"])
    op.drop_column("recipients", "doubted")
    op.drop_column("recipients", "attempts")
    op.drop_column("campaigns", "resends")
