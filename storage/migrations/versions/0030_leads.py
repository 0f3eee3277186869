"""Dealers, and the people who agreed to hear from one."""

import sqlalchemy as sa
from alembic import op

from storage.models.base import BigId, UtcDateTime

revision = "0030_leads"
down_revision = "0029_draws"
branch_labels = None
depends_on = None

OLD_ROLES = "role IN ('user', 'editor', 'admin')"
ROLES = "role IN ('user', 'editor', 'admin', 'dealer')"
LIVE = sa.text("status <> 'withdrawn'")
# As the migration 0013 made them.
TRIGGERS = (
    ("inserted", "INSERT ON items"),
    ("updated", "UPDATE ON items WHEN NEW.revision = OLD.revision"),
)
STATES = "'agreed', 'new', 'reached', 'came', 'drove', 'offered', 'ordered', 'lost', 'withdrawn'"


def upgrade() -> None:
    op.create_table(
        "dealers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("city", sa.String(64)),
        sa.Column("brand", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_dealers"),
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("dealer_id", sa.String(64)))
        batch_op.create_foreign_key("fk_users_dealer_id", "dealers", ["dealer_id"], ["id"])
        batch_op.drop_constraint(op.f("ck_users_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_users_role"), ROLES)
        batch_op.create_index("ix_users_dealer_id", ["dealer_id"])
    # Not by copying the table, which has triggers.
    op.execute(
        "ALTER TABLE items ADD COLUMN dealer_id VARCHAR(64) "
        "CONSTRAINT fk_items_dealer_id REFERENCES dealers (id)"
    )
    op.create_table(
        "leads",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("dealer_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("name", sa.LargeBinary()),
        sa.Column("phone", sa.LargeBinary()),
        sa.Column("phone_lookup", sa.LargeBinary()),
        sa.Column("consent_version", sa.String(16), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("handed_at", UtcDateTime()),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(f"status IN ({STATES})", name=op.f("ck_leads_status")),
        sa.CheckConstraint(
            "(phone IS NOT NULL) = (status NOT IN ('agreed', 'withdrawn'))",
            name=op.f("ck_leads_wiped"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_leads_amount")),
        _to("leads", "user_id", "users", "CASCADE"),
        _to("leads", "item_id", "items"),
        _to("leads", "dealer_id", "dealers"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_leads_live",
        "leads",
        ["user_id", "item_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index("ix_leads_dealer_id_status", "leads", ["dealer_id", "status"])
    _indexes("leads", "user_id", "item_id", "phone_lookup")
    op.create_table(
        "lead_changes",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("undoes", sa.BigInteger()),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("idempotency_key", sa.String(128), nullable=False),
        _to("lead_changes", "lead_id", "leads", "CASCADE"),
        _to("lead_changes", "by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_lead_changes"),
        sa.UniqueConstraint("idempotency_key", name="uq_lead_changes_idempotency_key"),
    )
    _indexes("lead_changes", "lead_id", "by_id")
    op.create_table(
        "lead_reads",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("via", sa.String(64), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        _to("lead_reads", "lead_id", "leads", "CASCADE"),
        _to("lead_reads", "by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_lead_reads"),
    )
    _indexes("lead_reads", "lead_id", "by_id")
    op.create_table(
        "lead_messages",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        _to("lead_messages", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "message_id", name="pk_lead_messages"),
    )
    _indexes("lead_messages", "lead_id")


def _to(table: str, column: str, target: str, on_delete: str | None = None) -> sa.Constraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=on_delete)


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table in ("lead_messages", "lead_reads", "lead_changes", "leads"):
        op.drop_table(table)
    op.execute("UPDATE users SET role = 'user' WHERE role = 'dealer'")
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_index("ix_users_dealer_id")
        batch_op.drop_constraint("fk_users_dealer_id", type_="foreignkey")
        batch_op.drop_column("dealer_id")
        batch_op.drop_constraint(op.f("ck_users_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_users_role"), OLD_ROLES)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _ in TRIGGERS if on_sqlite else ():
        op.execute(f"DROP TRIGGER items_{name}")
    with op.batch_alter_table("items") as batch_op:
        batch_op.drop_column("dealer_id")
    for name, event in TRIGGERS if on_sqlite else ():  # the table was copied, without them
        op.execute(
            f"CREATE TRIGGER items_{name} AFTER {event} BEGIN UPDATE items SET revision = "  # noqa: S608
            "(SELECT max(revision) + 1 FROM items) WHERE id = NEW.id; END"
        )
    op.drop_table("dealers")
