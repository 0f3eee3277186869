"""Ids of questions count up from 1 on SQLite, whatever unlinked questions have.

Theirs are random and below 0; without AUTOINCREMENT the next id is the highest one plus 1, which
next to unlinked ones alone is below 0 as well, and tells where theirs are.
"""

from alembic import op

revision = "0014_question_ids"
down_revision = "0013_item_revisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuilt(counting=True)


def downgrade() -> None:
    _rebuilt(counting=False)


def _rebuilt(*, counting: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    options = {"sqlite_autoincrement": counting}
    with op.batch_alter_table("questions", recreate="always", table_kwargs=options):
        pass
