"""Times of an item, the line for a seat, holds, tickets, the door's log, and people's time zones."""

import secrets

import sqlalchemy as sa
from alembic import op

from storage.models.base import BigId, UtcDateTime

revision = "0026_slots"
down_revision = "0026_membership_cards"
branch_labels = None
depends_on = None

LIVE = sa.text("status <> 'cancelled'")
WAITS = sa.text("status IN ('waiting', 'offered')")
WAITING = sa.text("status = 'waiting'")
OLD = "status IN ('booked', 'cancelled', 'attended')"
NEW = "status IN ('held', 'booked', 'cancelled', 'attended', 'no_show')"


def upgrade() -> None:
    op.create_table(
        "slots",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64)),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime()),
        sa.Column("city", sa.String(64)),
        sa.Column("place", sa.JSON()),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("seats_taken", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name="seats"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_slots_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_slots"),
        sa.UniqueConstraint("item_id", "name", name="uq_slots_item_id_name"),
    )
    op.create_index("ix_slots_item_id_starts_at", "slots", ["item_id", "starts_at"])
    with op.batch_alter_table("bookings") as table:
        table.add_column(sa.Column("slot_id", BigId))
        table.add_column(sa.Column("hold_until", UtcDateTime()))
        table.add_column(sa.Column("code", sa.String(32)))
        table.add_column(sa.Column("told", sa.JSON()))
        table.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("rating", sa.Integer()))
        table.drop_constraint(op.f("ck_bookings_status"), type_="check")
        table.create_check_constraint(op.f("ck_bookings_status"), NEW)
        table.create_check_constraint(op.f("ck_bookings_rating"), "rating >= 1 AND rating <= 5")
        table.create_foreign_key("fk_bookings_slot_id", "slots", ["slot_id"], ["id"])
        table.create_unique_constraint("uq_bookings_code", ["code"])
        table.create_index("ix_bookings_slot_id", ["slot_id"])
    with op.batch_alter_table("orders") as table:
        table.add_column(sa.Column("slot_id", BigId))
        table.create_foreign_key("fk_orders_slot_id", "slots", ["slot_id"], ["id"])
    op.add_column("users", sa.Column("zone", sa.String(64)))
    _create_waiting()
    _create_check_ins()
    _give_tickets()


def _create_waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(64), nullable=False),
        sa.Column("slot_id", BigId),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("offered_slot_id", BigId),
        sa.Column("offered_until", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'accepted', 'declined', 'lapsed', 'left')",
            name="status",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_waiting_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_waiting_item_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name="fk_waiting_slot_id"),
        sa.ForeignKeyConstraint(
            ["offered_slot_id"], ["slots.id"], name="fk_waiting_offered_slot_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
    )
    op.create_index("ix_waiting_user_id", "waiting", ["user_id"])
    op.create_index(
        "uq_waiting_live",
        "waiting",
        ["user_id", "item_id"],
        unique=True,
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )
    op.create_index(
        "ix_waiting_line",
        "waiting",
        ["item_id", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _create_check_ins() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("booking_id", BigId),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("staff_id", sa.BigInteger()),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('attended', 'already', 'wrong_day', 'cancelled', 'unknown', 'no_show')",
            name="outcome",
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_check_ins_booking_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_check_ins_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["users.id"], name="fk_check_ins_staff_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_check_ins"),
    )
    for column in ("booking_id", "user_id", "staff_id"):
        op.create_index(f"ix_check_ins_{column}", "check_ins", [column])


def _give_tickets() -> None:
    """A code for each booking that there is already, and what its person knows of it."""
    bookings = sa.table(
        "bookings",
        *map(sa.column, ("id", "item_id", "status", "code")),
        sa.column("told", sa.JSON()),
    )
    items = sa.table(
        "items",
        *map(sa.column, ("id", "city")),
        sa.column("starts_at", UtcDateTime()),
        sa.column("place", sa.JSON()),
    )
    booked = (
        sa.select(bookings.c.id, items.c.starts_at, items.c.city, items.c.place)
        .join(items, items.c.id == bookings.c.item_id)
        .where(bookings.c.status == "booked")
    )
    connection = op.get_bind()
    for number, starts_at, city, place in connection.execute(booked).all():
        start = starts_at.isoformat() if starts_at else None
        connection.execute(
            sa.update(bookings)
            .where(bookings.c.id == number)
            .values(
                code=secrets.token_urlsafe(16),
                told={"starts_at": start, "city": city, "place": place},
            )
        )


def downgrade() -> None:
    op.drop_table("check_ins")
    op.drop_table("waiting")
    op.drop_column("users", "zone")
    with op.batch_alter_table("orders") as table:
        table.drop_constraint("fk_orders_slot_id", type_="foreignkey")
        table.drop_column("slot_id")
    # What no older build knows: a hold was no booking yet, who didn't come had one.
    op.execute("UPDATE bookings SET status = 'cancelled' WHERE status = 'held'")
    op.execute("UPDATE bookings SET status = 'booked' WHERE status = 'no_show'")
    with op.batch_alter_table("bookings") as table:
        table.drop_index("ix_bookings_slot_id")
        table.drop_constraint("fk_bookings_slot_id", type_="foreignkey")
        table.drop_constraint("uq_bookings_code", type_="unique")
        table.drop_constraint(op.f("ck_bookings_status"), type_="check")
        table.drop_constraint(op.f("ck_bookings_rating"), type_="check")
        table.create_check_constraint(op.f("ck_bookings_status"), OLD)
        for column in ("slot_id", "hold_until", "code", "told", "sequence", "rating"):
            table.drop_column(column)
    op.drop_table("slots")
