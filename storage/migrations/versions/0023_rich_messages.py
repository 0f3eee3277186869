"""Whether a person's app draws rich messages; where an item is on the map."""

import sqlalchemy as sa
from alembic import op

revision = "0023_rich_messages"
down_revision = "0022_at_scale"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("draws_rich", sa.Boolean()))
    op.add_column("items", sa.Column("latitude", sa.Float()))
    op.add_column("items", sa.Column("longitude", sa.Float()))


def downgrade() -> None:
    op.drop_column("items", "longitude")
    op.drop_column("items", "latitude")
    op.drop_column("users", "draws_rich")
