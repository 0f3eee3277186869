"""Where an invite's link leads."""

import sqlalchemy as sa
from alembic import op

revision = "0034_links_of_invites"
down_revision = "0033_dialogues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.add_column(sa.Column("url", sa.String(512)))


def downgrade() -> None:
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.drop_column("url")
