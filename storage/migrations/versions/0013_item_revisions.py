"""Which change of the catalogue an item's row is of, so that what changed can be read alone.

On SQLite changes come one after the other and are numbered; on PostgreSQL the number is that of the
transaction, since numbers of a sequence may be committed in another order.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_item_revisions"
down_revision = "0012_sent_again"
branch_labels = None
depends_on = None

SQLITE = tuple(
    f"""CREATE TRIGGER items_{name} AFTER {event} ON items {when} BEGIN
        UPDATE items SET revision = (SELECT max(revision) + 1 FROM items) WHERE id = NEW.id;
    END"""  # noqa: S608
    for name, event, when in (
        ("inserted", "INSERT", ""),
        ("updated", "UPDATE", "WHEN NEW.revision = OLD.revision"),
    )
)
POSTGRESQL = (
    """CREATE FUNCTION items_revision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.revision := pg_current_xact_id()::text::bigint; RETURN NEW; END $$""",
    """CREATE TRIGGER items_changed BEFORE INSERT OR UPDATE ON items
    FOR EACH ROW EXECUTE FUNCTION items_revision()""",
)


def upgrade() -> None:
    op.add_column(
        "items", sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.create_index("ix_items_revision", "items", ["revision"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if on_sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER items_inserted")
        op.execute("DROP TRIGGER items_updated")
    else:
        op.execute("DROP TRIGGER items_changed ON items")
        op.execute("DROP FUNCTION items_revision()")
    op.drop_index("ix_items_revision", "items")
    op.drop_column("items", "revision")
