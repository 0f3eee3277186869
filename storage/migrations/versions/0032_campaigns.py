"""Campaigns from plan to measure: wordings, holdout, approval, delays, effects, the audit log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.models.base import BigId, UtcDateTime

revision = "0032_campaigns"
down_revision = "0031_touches"
branch_labels = None
depends_on = None

ROLES = "role IN ('user', 'editor', 'marketer', 'admin', 'dealer')"
OLD_ROLES = "role IN ('user', 'editor', 'admin', 'dealer')"
STATES = "'draft', 'submitted', 'approved', 'scheduled', 'sending', 'paused', 'done', 'cancelled'"
OLD_STATES = "'draft', 'sending', 'paused', 'done', 'cancelled'"
SENT = "'pending', 'sending', 'sent', 'blocked', 'failed', 'unknown', 'skipped', 'held'"
OLD_SENT = "'pending', 'sending', 'sent', 'blocked', 'failed', 'unknown', 'skipped'"
Columns = tuple[tuple[str, Any, Any], ...]
CAMPAIGN_COLUMNS: Columns = (
    ("name", sa.String(128), "''"),
    ("brand", sa.String(64), None),
    ("submitted_at", UtcDateTime(), None),
    ("approved_by", sa.BigInteger(), None),
    ("approved_at", UtcDateTime(), None),
    ("approved_digest", sa.String(64), None),
    ("holdout", sa.Double(), "0"),
    ("salt", sa.String(32), None),
    ("window_days", sa.Integer(), "14"),
    ("starts_at", UtcDateTime(), None),
    ("every_days", sa.Integer(), None),
    ("until", UtcDateTime(), None),
    ("parent_id", sa.BigInteger(), None),
    ("quiet", sa.String(8), None),
    ("most_a_week", sa.Integer(), None),
    ("error_rate", sa.Double(), "0.2"),
    ("paused_because", sa.String(128), None),
    ("paid", sa.Boolean(), sa.false()),
    ("cost_fen", sa.BigInteger(), "0"),
    ("cost_each_fen", sa.BigInteger(), "0"),
    ("budget_fen", sa.BigInteger(), None),
)
RECIPIENT_COLUMNS: Columns = (
    ("arm", sa.String(8), "'treated'"),
    ("variant", sa.String(1), None),
    ("segment", sa.Integer(), None),
    ("assigned_at", UtcDateTime(), None),
    ("not_before", UtcDateTime(), None),
    ("delayed_by", sa.String(8), None),
)
# Whoever changes a row by hand changes the chain, too; this is for mistakes.
APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER audit_log_{name} BEFORE {event} ON audit_log BEGIN
        SELECT RAISE(ABORT, 'the audit log is only added to'); END"""
        for name, event in (("kept", "DELETE"), ("unchanged", "UPDATE"))
    ],
    "postgresql": [
        """CREATE FUNCTION audit_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$""",
        """CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_kept()""",
    ],
}


def upgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint(op.f("ck_users_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_users_role"), ROLES)
    _columns("campaigns", CAMPAIGN_COLUMNS, STATES)
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_campaigns_holdout"), "holdout >= 0 AND holdout <= 0.9"
        )
    _columns("recipients", RECIPIENT_COLUMNS, SENT)
    with op.batch_alter_table("recipients") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_recipients_arm"), "arm IN ('treated', 'holdout', 'global')"
        )
        batch_op.create_check_constraint(
            op.f("ck_recipients_held"), "(status = 'held') = (arm <> 'treated')"
        )
    op.create_table(
        "variants",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(1), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("media", sa.String(256)),
        sa.Column("file_id", sa.String(256)),
        sa.Column("weight", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_variants_weight")),
        _of_campaign("variants"),
        sa.PrimaryKeyConstraint("campaign_id", "name", name="pk_variants"),
    )
    op.create_table(
        "effects",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("segment", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("treated", "treated_did", "held", "held_did")
        ),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("difference", "low", "high")),
        sa.Column("measured_at", UtcDateTime(), nullable=False),
        _of_campaign("effects"),
        sa.PrimaryKeyConstraint("campaign_id", "segment", "outcome", name="pk_effects"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("about", sa.String(96), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sa.UniqueConstraint("before", name="uq_audit_log_before"),
        sa.UniqueConstraint("hash", name="uq_audit_log_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_about", "audit_log", ["about"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def _columns(table: str, columns: Columns, states: str) -> None:
    with op.batch_alter_table(table) as batch_op:
        for name, kind, default in columns:
            given = sa.text(default) if isinstance(default, str) else default
            batch_op.add_column(
                sa.Column(name, kind, server_default=given, nullable=default is None)
            )
        batch_op.drop_constraint(op.f(f"ck_{table}_status"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_status"), f"status IN ({states})")


def _of_campaign(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["campaign_id"], ["campaigns.id"], name=f"fk_{table}_campaign_id", ondelete="CASCADE"
    )


def downgrade() -> None:
    for statement in (
        "UPDATE campaigns SET status = 'cancelled' "
        "WHERE status IN ('submitted', 'approved', 'scheduled')",
        "DELETE FROM recipients WHERE status = 'held'",
        "UPDATE users SET role = 'user' WHERE role = 'marketer'",
    ):
        op.execute(statement)
    for table in ("audit_log", "effects", "variants"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_kept()")
    for table, columns, states, checks in (
        ("recipients", RECIPIENT_COLUMNS, OLD_SENT, ("arm", "held")),
        ("campaigns", CAMPAIGN_COLUMNS, OLD_STATES, ("holdout",)),
    ):
        with op.batch_alter_table(table) as batch_op:
            for check in (*checks, "status"):
                batch_op.drop_constraint(op.f(f"ck_{table}_{check}"), type_="check")
            for name, *_ in columns:
                batch_op.drop_column(name)
            batch_op.create_check_constraint(op.f(f"ck_{table}_status"), f"status IN ({states})")
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint(op.f("ck_users_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_users_role"), OLD_ROLES)
