"""What people did after they were drawn for a campaign, or for nothing: sums by arm, variant and
segment, which the database makes, so that a million people cost no memory here.

By intention to treat: whoever was drawn counts from `assigned_at` on, whether the invite reached
them or not. Bookings, orders and leads are acts of contract; signals are only read of who agrees to
a profile. People who deleted their data have no rows, so they are in no sum.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import (
    ColumnElement,
    Float,
    Interval,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import (
    Booking,
    Campaign,
    Item,
    Lead,
    LeadChange,
    Order,
    Recipient,
    Signal,
    User,
    Variant,
)
from storage.repositories.leads import KEPT_BACK

Outcome = Literal[
    "opened",
    "clicked",
    "quiz_answered",
    "draw_entered",
    "booked",
    "attended",
    "purchased",
    "lead",
    "test_driven",
    "ordered",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# Of what only an invite can lead to.
OF_INVITES: tuple[Outcome, ...] = ("opened", "clicked")
# What each of these is worth: Stars, and CNY.
PAID: tuple[Outcome, ...] = ("purchased", "ordered")

# What people did in the days before they were drawn is held against what they do after (CUPED).
BEFORE = timedelta(days=28)
# Nobody's eagerness counts for more, so that a few can't drown the rest.
MOST_BEFORE = 100
# The source of a signal of who followed an invite's link (`services.redirects`).
FOLLOWED = "redirect"


class Cell(NamedTuple):
    """`segment` is None where a person was in none."""

    arm: str
    variant: str | None
    segment: int | None


class Did(NamedTuple):
    """Those of a cell who did it: how many, what they paid, its squares, and both times what they
    did before (`x_did` is the sum of that alone)."""

    did: int
    paid: float
    paid_squares: float
    x_did: float
    x_paid: float


class Drawn:
    """Whom to compare: user, arm, variant, segment, since when, and until when (exclusive)."""

    def __init__(self, session: AsyncSession, campaign: Campaign | None, now: datetime) -> None:
        """Those of a campaign; with None all who were ever drawn, from their first time until
        now."""
        self.session = session
        self.campaign = campaign
        self._on_sqlite = session.get_bind().dialect.name == "sqlite"
        self.people = self._of_one(campaign) if campaign is not None else self._of_all(now)

    def _of_one(self, campaign: Campaign) -> Subquery:
        since = func.coalesce(
            Recipient.assigned_at, literal(campaign.launched_at, Recipient.assigned_at.type)
        )
        return (
            select(
                Recipient.user_id,
                Recipient.arm,
                Recipient.variant,
                Recipient.segment,
                since.label("since"),
                self._later(since, timedelta(days=campaign.window_days)).label("until"),
            )
            .where(Recipient.campaign_id == campaign.id)
            .subquery("drawn")
        )

    def _of_all(self, now: datetime) -> Subquery:
        """Who was ever in the global holdout is in it."""
        since = func.min(func.coalesce(Recipient.assigned_at, Recipient.changed_at))
        is_global = func.max(case((Recipient.arm == "global", 1), else_=0)) == 1
        return (
            select(
                Recipient.user_id,
                case((is_global, "global"), else_="treated").label("arm"),
                null().label("variant"),
                null().label("segment"),
                since.label("since"),
                literal(now, Recipient.assigned_at.type).label("until"),
            )
            .group_by(Recipient.user_id)
            .subquery("drawn")
        )

    def _later(self, at: ColumnElement[Any], by: timedelta) -> ColumnElement[Any]:
        """SQLite keeps times as text, and moves them to the millisecond."""
        if self._on_sqlite:
            moved = f"{by.total_seconds():+.0f} seconds"
            return func.strftime("%Y-%m-%d %H:%M:%f", at, moved, type_=String)
        return type_coerce(at + literal(by, Interval), Recipient.assigned_at.type)

    def _before(self) -> ColumnElement[Any]:
        """How much a person did in the days before."""
        drawn = self.people.c
        count = (
            select(func.count())
            .where(
                Signal.user_id == drawn.user_id,
                Signal.occurred_at < drawn.since,
                type_coerce(Signal.occurred_at, String) >= self._later(drawn.since, -BEFORE)
                if self._on_sqlite
                else Signal.occurred_at >= self._later(drawn.since, -BEFORE),
            )
            .scalar_subquery()
        )
        least = func.min if self._on_sqlite else func.least
        return least(count, MOST_BEFORE)

    def _cell(self) -> list[ColumnElement[Any]]:
        drawn = self.people.c
        return [drawn.arm, drawn.variant, drawn.segment]

    async def sizes(self) -> Mapping[Cell, tuple[int, float, float]]:
        """People of each cell, with the sum of what they did before, and of its squares."""
        x = cast(self._before(), Float).label("x")
        # Grouped by it first: SQLite works out a column of a subquery wherever it is named.
        each = select(*self._cell(), x, func.count().label("n"))
        found = each.group_by(*self._cell(), x).subquery()
        cell = [found.c.arm, found.c.variant, found.c.segment]
        n, done = found.c.n, found.c.x
        sums = func.sum(n), func.sum(n * done), func.sum(n * done * done)
        query = select(*cell, *sums).group_by(*cell)
        rows = (await self.session.execute(query)).all()
        return {Cell(*row[:3]): (int(row[3]), float(row[4]), float(row[5])) for row in rows}

    async def did(self, outcome: Outcome, *, any_item: bool = False) -> Mapping[Cell, Did]:
        """What those did who did it within their window, about the campaign's item or any."""
        item_id = None if any_item or self.campaign is None else self.campaign.item_id
        acts = _acts(outcome, item_id, self.campaign).subquery("acts")
        drawn = self.people.c
        until = acts.c.at < drawn.until
        if self._on_sqlite:
            until = type_coerce(acts.c.at, String) < drawn.until
        each = (
            select(
                *self._cell(),
                drawn.user_id,
                self._before().label("x"),
                func.sum(acts.c.paid).label("paid"),
            )
            .join(acts, acts.c.user_id == drawn.user_id)
            .where(acts.c.at >= drawn.since, until)
            .group_by(drawn.user_id, *self._cell(), drawn.since)
            .subquery()
        )
        cell = [each.c.arm, each.c.variant, each.c.segment]
        x, paid = cast(each.c.x, Float), each.c.paid
        sums = [func.sum(one) for one in (paid, paid * paid, x, x * paid)]
        rows = (
            await self.session.execute(select(*cell, func.count(), *sums).group_by(*cell))
        ).all()
        return {Cell(*row[:3]): Did(row[3], *map(float, row[4:])) for row in rows}


def _acts(outcome: Outcome, item_id: str | None, campaign: Campaign | None) -> Select[Any]:
    """(user_id, at, paid) of each act that stands: what was cancelled, refunded or withdrawn is
    none. A seat counts from its booking on, also where the event comes later."""
    match outcome:
        case "opened" | "clicked":
            query = _signals("invite_opened", item_id)
            if campaign is not None:
                query = query.where(Signal.campaign_id == campaign.id)
            return query.where(Signal.source == FOLLOWED) if outcome == "clicked" else query
        case "quiz_answered":
            return _signals("quiz_answered", item_id)
        case "booked" | "attended" | "draw_entered":
            standing = ("attended",) if outcome == "attended" else ("booked", "attended", "no_show")
            # An entry in a draw is a booking, too.
            kind = Item.type == "draw" if outcome == "draw_entered" else Item.type != "draw"
            query = _of(Booking.user_id, Booking.created_at, literal(0.0))
            query = query.join(Item, Item.id == Booking.item_id)
            query = query.where(Booking.status.in_(standing), kind)
            return _about(query, Booking.item_id, item_id)
        case "purchased":
            query = _of(Order.user_id, Order.paid_at, cast(Order.price_stars, Float))
            query = query.where(Order.status == "paid", Order.user_id.is_not(None))
            return _about(query, Order.item_id, item_id)
        case "lead":
            query = _of(Lead.user_id, Lead.handed_at, literal(0.0))
            query = query.where(Lead.status.not_in(KEPT_BACK))
            return _about(query, Lead.item_id, item_id)
        case "test_driven" | "ordered":
            told = _of_leads(outcome, item_id).union_all(
                # What dealers tell of leads is a signal, too.
                _signals(outcome, item_id).where(Signal.source != "dealer")
            )
            both = told.subquery()
            return select(both.c.user_id, both.c.at, both.c.paid)


def _of(*columns: Any) -> Select[Any]:
    names = ("user_id", "at", "paid")
    return select(*(one.label(name) for one, name in zip(columns, names, strict=True)))


def _about(query: Select[Any], column: Any, item_id: str | None) -> Select[Any]:
    return query if item_id is None else query.where(column == item_id)


def _signals(verb: str, item_id: str | None) -> Select[Any]:
    paid = cast(func.coalesce(Signal.value, 0.0), Float) if verb == "ordered" else literal(0.0)
    agrees = select(User.id).where(User.id == Signal.user_id, User.personalisation.is_(True))
    query = _of(Signal.user_id, Signal.occurred_at, paid).where(
        Signal.verb == verb, agrees.exists()
    )
    if item_id is None:
        return query
    return query.where(Signal.object_type == "item", Signal.object_id == item_id)


# What of a lead's changes takes an outcome back (as `activities.lead_stages` reads them).
_TAKES_BACK = {
    "test_driven": ("drove", ("new", "reached", "came")),
    "ordered": ("ordered", ("new", "reached", "came", "drove", "offered", "lost")),
}


def _of_leads(outcome: str, item_id: str | None) -> Select[Any]:
    """When a lead first came to where it still is, with its amount in CNY."""
    mark, back = _TAKES_BACK[outcome]
    first, later = aliased(LeadChange), aliased(LeadChange)
    after = or_(
        later.happened_at > first.happened_at,
        and_(later.happened_at == first.happened_at, later.id > first.id),
    )
    taken_back = (
        select(later.id)
        .where(later.lead_id == first.lead_id, later.status.in_(back), _stands(later), after)
        .exists()
    )
    paid = cast(func.coalesce(Lead.amount, 0), Float) / 100
    query = (
        _of(
            Lead.user_id,
            func.min(first.happened_at),
            paid if outcome == "ordered" else literal(0.0),
        )
        .join(first, first.lead_id == Lead.id)
        .where(Lead.status.not_in(KEPT_BACK), first.status == mark, _stands(first), ~taken_back)
        .group_by(Lead.id, Lead.user_id, Lead.amount)
    )
    return _about(query, Lead.item_id, item_id)


def _stands(change: Any) -> ColumnElement[bool]:
    undoing = aliased(LeadChange)
    undone = (
        select(undoing.id)
        .where(undoing.lead_id == change.lead_id, undoing.undoes == change.id)
        .exists()
    )
    return and_(change.undoes.is_(None), ~undone)


async def sends_by_hour(session: AsyncSession, campaign_id: int) -> Sequence[tuple[str, int]]:
    """("2026-11-24 12", number) of each hour of UTC in which invites were sent, in order."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    hour = (
        func.strftime("%Y-%m-%d %H", Recipient.changed_at, type_=String)
        if on_sqlite
        else func.to_char(func.timezone("UTC", Recipient.changed_at), "YYYY-MM-DD HH24")
    )
    query = (
        select(hour.label("hour"), func.count())
        .where(Recipient.campaign_id == campaign_id, Recipient.status == "sent")
        .group_by("hour")
        .order_by("hour")
    )
    return [(at, number) for at, number in (await session.execute(query)).all()]


async def is_invited(session: AsyncSession, campaign_id: int, user_id: int) -> bool:
    """Whether a person is one of a campaign's, who isn't held back."""
    found = await session.get(Recipient, (campaign_id, user_id))
    return found is not None and found.arm == "treated"


async def weights(session: AsyncSession, campaign_id: int) -> Mapping[str, int]:
    """Of a campaign's variants."""
    query = select(Variant.name, Variant.weight).where(Variant.campaign_id == campaign_id)
    return {name: weight for name, weight in (await session.execute(query)).all()}
