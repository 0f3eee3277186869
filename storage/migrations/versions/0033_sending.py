"""Who sends, with what people are drawn, and indexes for those who wait.

`recipients`: delayed ones stand behind in the index that the next ones are taken from.
"""

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0033_sending"
down_revision = "0032_campaigns"
branch_labels = None
depends_on = None

NEXT = "ix_recipients_campaign_id_status"
UNDEALT = sa.text("assigned_at IS NULL AND status = 'pending'")


def upgrade() -> None:
    op.drop_index(NEXT, "recipients")
    op.create_index(
        NEXT, "recipients", ["campaign_id", "status", "not_before", "attempts", "user_id"]
    )
    op.create_index(
        "ix_recipients_undealt",
        "recipients",
        ["campaign_id", "user_id"],
        sqlite_where=UNDEALT,
        postgresql_where=UNDEALT,
    )
    op.create_table(
        "salts",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_salts"),
    )
    op.create_table(
        "senders",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_senders"),
    )


def downgrade() -> None:
    op.drop_table("senders")
    op.drop_table("salts")
    op.drop_index("ix_recipients_undealt", "recipients")
    op.drop_index(NEXT, "recipients")
    op.create_index(NEXT, "recipients", ["campaign_id", "status", "attempts", "user_id"])
