"""The plan: which activity for whom, when, in which wording, and what may come of it.

What an invite is worth is how likely it is to bring somebody who would not come otherwise: of each
person's probability of a response (`campaigns.responding`) what campaigns with a holdout were
measured to change (`services.recommending.uplift`). Who gets which is then assigned under seats,
caps and a budget (`campaigns.assignment`). What is proposed is the assignment, by activity and
segment.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Self

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import moments, styles
from campaigns.acts import log_act
from campaigns.assignment import Assignment, Problem, assign
from campaigns.responding import Known, Responses
from campaigns.response import PRIOR_INVITES, Report
from campaigns.styles import STYLES, Style, Tried
from services.brain import Brain
from services.people import Person
from services.permissions import require
from services.recommending.placing import NONE
from services.recommending.uplift import Uplift, learn
from storage.database import Database
from storage.models import ITEM_TYPES, Item, User
from storage.repositories import audiences, coupons, drafts, effects, items, recipients, users

EVENTS = ("live", "salon", "test_drive", "game", "draw")
MOST_ACTIVITIES, MOST_PEOPLE = 50, 200_000
# Whom an invite reached isn't sent the same one again for so long, as in sending.
AGAIN, WEEK = timedelta(days=30), timedelta(days=7)
# Fewer people of a segment are proposed together with others.
LEAST_GROUP = 20
MOST_PLANS, SLICE = 20, 5_000
# Of each planned campaign so many people get nothing, so that the next plan knows who is moved.
HOLDOUT = 0.1
Z = 1.96


@dataclass(frozen=True, slots=True)
class Limits:
    """`days` that are planned, `cap`: invites a person gets in a week, and what may be spent, in
    fen, at `cost_fen` an invite."""

    days: int = 14
    cap: int = 3
    budget_fen: int | None = None
    cost_fen: int = 10


@dataclass(frozen=True, slots=True)
class Wording:
    name: str
    style: Style
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An invite to `item` for the people `user_ids` (int64) of a `segment`'s id, None: of several.

    `expected` responses, with `low` to `high` in 95 of 100 cases as far as the model is right;
    `moved`: how many of them would not come without. `seats` that are left, None without any.
    """

    item: Item
    kind: Literal["event", "coupon"]
    segment: int | None
    user_ids: np.ndarray
    starts_at: datetime
    wordings: Sequence[Wording]
    expected: float
    low: float
    high: float
    moved: float
    seats: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """`number` tells it from others of this process; of `people` who may be invited, `considered`
    were. `report` says how far predictions can be trusted, `learned_from` of how many campaigns
    with a holdout it is known who is moved."""

    number: int
    made_at: datetime
    limits: Limits
    people: int
    considered: int
    activities: int
    proposals: Sequence[Proposal]
    assignment: Assignment
    report: Report
    learned_from: int
    timed: bool
    """Whether there were past invites to tell the best hours by."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the database says; `city` is by person, `through` as (person, item)."""

    activities: Sequence[tuple[Item, Literal["event", "coupon"]]]
    users: np.ndarray
    people: int
    city: Mapping[int, str]
    invited: Mapping[int, int]
    through: Sequence[tuple[int, str]]
    uplift: Uplift


class Proposing:
    def __init__(self, database: Database, responses: Responses) -> None:
        self.database = database
        self.responses = responses
        self._made: OrderedDict[int, Plan] = OrderedDict()

    @classmethod
    def over(cls, brain: Brain) -> Self:
        responses = Responses(brain.database, brain.recommendations, brain.placing, brain.clock)
        return cls(brain.database, responses)

    def made(self, number: int) -> Plan | None:
        """A plan of this process by its number, if it is one of the newest."""
        return self._made.get(number)

    async def write_one(self, by: Person, number: int, at: int) -> int | None:
        """Makes a draft of a plan's proposal; None where the plan is gone, or has none there."""
        plan = self.made(number)
        if plan is None or at >= len(plan.proposals):
            return None
        return await self.write(by, plan.proposals[at], plan.limits)

    async def plan(self, now: datetime, limits: Limits | None = None) -> Plan:
        """Raises ValueError for limits that allow nothing."""
        limits = limits or Limits()
        if limits.days < 1 or limits.cap < 1 or limits.cost_fen < 0:
            raise ValueError("A plan needs at least a day and an invite, and no negative cost.")
        async with self.database.read() as session:
            read = await _read(session, now, limits)
        known = await self.responses.known()
        rates = moments.rates_by_hour(known.past.at, known.past.yes)
        within = timedelta(days=limits.days)
        when = [
            moments.best(rates, item.type, item.starts_at, now, within)
            for item, _ in read.activities
        ]
        names = [item.id for item, _ in read.activities]
        at = when[0] if when else now
        chances = await self.responses.chances(read.users, names, at)
        segments = await self.responses.placing.of(read.users)
        wordings = await self._tried(known)

        def worked_out() -> Plan:
            types = np.array([ITEM_TYPES.index(item.type) for item, _ in read.activities], int)
            worth = read.uplift.worth(chances, segments, types)
            # The same all day, so that a plan that is asked for again is the same.
            today = np.random.default_rng(now.toordinal())
            value = read.uplift.drawn(chances, segments, types, today)
            problem = _problem(read, chances, value, limits)
            assignment = assign(problem)
            groups = _grouped(assignment, segments)
            proposals = [
                _proposal(read, known, problem.load, worth, activity, segment, rows, when, wordings)
                for activity, segment, rows in groups
            ]
            proposals.sort(key=lambda one: -one.moved)
            return Plan(
                number,
                now,
                limits,
                read.people,
                len(read.users),
                len(names),
                proposals,
                assignment,
                known.model.report,
                read.uplift.campaigns,
                rates is not None,
            )

        number = int(now.timestamp())
        self._made[number] = await asyncio.to_thread(worked_out)
        while len(self._made) > MOST_PLANS:
            self._made.popitem(last=False)
        return self._made[number]

    async def write(self, by: Person, proposal: Proposal, limits: Limits) -> int | None:
        """Makes a draft of a proposal, for exactly these people, and returns its id. None where the
        item can't be had any more. Raises Forbidden."""
        require(by.row, "create")
        rules = [] if proposal.segment is None else [{"segment": proposal.segment}]
        item = proposal.item
        async with self.database.write() as session:
            if await items.on_offer_now(session, item.id, by.now) is None:
                return None
            campaign = await drafts.create(
                session,
                by.id,
                item.id,
                by.now,
                name=_name(item, proposal.segment),
                segment={"kind": "rules", "all": rules, "any": [], "likeliest": None},
                starts_at=proposal.starts_at,
                holdout=HOLDOUT,
                most_a_week=limits.cap,
                quiet=f"{moments.QUIET[0]}-{moments.QUIET[1]}",
                cost_each_fen=limits.cost_fen,
            )
            for wording in proposal.wordings:
                row = {"campaign_id": campaign.id, "name": wording.name, "text": dict(wording.text)}
                await drafts.put_variant(session, row)
            await log_act(session, by, "created", campaign.id, planned=len(proposal.user_ids))
        # Its people are written in slices, so that nobody waits long for the database.
        for start in range(0, len(proposal.user_ids), SLICE):
            some = proposal.user_ids[start : start + SLICE].tolist()
            async with self.database.write() as session:
                await recipients.freeze(session, campaign, some, by.now)
        async with self.database.write() as session:
            await drafts.change(session, campaign.id, filled_to=None)
        return campaign.id

    async def _tried(self, known: Known) -> Mapping[Style, Tried]:
        """How wordings of each style did."""
        invites = known.invites
        async with self.database.read() as session:
            rows = await audiences.wordings(session, np.unique(invites.campaign).tolist())
        seen: list[tuple[Style, bool]] = []
        for campaign, letter, text, item in rows:
            if (style := styles.style_of(text, item)) is not None:
                own = (invites.campaign == campaign) & (invites.variant == ord(letter) - 64)
                seen += [(style, bool(yes)) for yes in known.past.yes[own]]
        return styles.tried(seen)


async def _read(session: AsyncSession, now: datetime, limits: Limits) -> _Read:
    activities = await _activities(session, now, limits)
    everyone = User.id.is_not(None)
    ids = await users.invitable(session, everyone)
    people = len(ids)
    if people > MOST_PEOPLE:
        ids = await audiences.seen_last(session, MOST_PEOPLE)
    names = [item.id for item, _ in activities]
    return _Read(
        activities,
        ids,
        people,
        await audiences.cities(session, users.may_be_invited()),
        await audiences.invited_since(session, now - WEEK),
        await audiences.through(session, names, now - AGAIN),
        learn(await effects.by_segment(session)),
    )


async def _activities(
    session: AsyncSession, now: datetime, limits: Limits
) -> Sequence[tuple[Item, Literal["event", "coupon"]]]:
    """What may be invited to: events of the days planned that have room, those without a date, and
    what a coupon makes cheaper."""
    found: list[tuple[Item, Literal["event", "coupon"]]] = []
    until = now + timedelta(days=limits.days) + max(moments.LEAD.values())
    offered = await items.listed(session, items.on_offer(now), items.has_room())
    usable = await coupons.offered(session, now)
    for item in offered:
        in_time = item.starts_at is None or item.starts_at <= until
        if item.type in EVENTS and in_time:
            found.append((item, "event"))
        elif any(coupons.fits(coupon, item) for coupon in usable):
            found.append((item, "coupon"))
    # The soonest first, those of no date last.
    found.sort(key=lambda one: (one[0].starts_at is None, one[0].starts_at or now, one[0].id))
    return found[:MOST_ACTIVITIES]


def _problem(read: _Read, chances: np.ndarray, value: np.ndarray, limits: Limits) -> Problem:
    """What each invite is worth, 0 where it can't be."""
    value = value.copy()
    place = {user: row for row, user in enumerate(read.users.tolist())}
    column = {item.id: number for number, (item, _) in enumerate(read.activities)}
    pairs = [(place[user], column[item]) for user, item in read.through if user in place]
    if pairs:
        value[tuple(np.array(pairs).T)] = 0.0
    city = np.array([read.city.get(user, "") for user in read.users.tolist()], dtype=object)
    for number, (item, _) in enumerate(read.activities):
        if item.city is not None:
            value[(city != "") & (city != item.city), number] = 0.0
    seats = [
        np.inf if item.capacity is None else float(item.capacity - item.seats_taken)
        for item, _ in read.activities
    ]
    weeks = -(-limits.days // 7)
    cap = np.full(len(read.users), limits.cap * weeks)
    for user, count in read.invited.items():
        if user in place:
            cap[place[user]] -= min(count, limits.cap)
    budget = np.inf if limits.budget_fen is None else float(limits.budget_fen)
    cost = np.full(len(read.activities), float(limits.cost_fen))
    return Problem(value, np.maximum(chances, 1e-6), np.array(seats), cap, cost, budget)


def _grouped(
    assignment: Assignment, segments: np.ndarray
) -> Sequence[tuple[int, int | None, np.ndarray]]:
    """(activity, segment, rows of people); small segments of an activity are one, of None."""
    found: list[tuple[int, int | None, np.ndarray]] = []
    for activity in np.unique(assignment.activities).tolist():
        rows = np.sort(assignment.people[assignment.activities == activity])
        own, rest = segments[rows], []
        for segment in np.unique(own).tolist():
            some = rows[own == segment]
            if segment == NONE or len(some) < LEAST_GROUP:
                rest.append(some)
            else:
                found.append((activity, segment, some))
        if rest:
            found.append((activity, None, np.sort(np.concatenate(rest))))
    return found


def _proposal(
    read: _Read,
    known: Known,
    responses: np.ndarray,
    worth: np.ndarray,
    activity: int,
    segment: int | None,
    rows: np.ndarray,
    when: Sequence[datetime],
    tried: Mapping[Style, Tried],
) -> Proposal:
    item, kind = read.activities[activity]
    chances = responses[rows, activity].astype(np.float64)
    low, high = interval(chances, known.model.report)
    texts = styles.proposed(item, tried)
    return Proposal(
        item,
        kind,
        segment,
        read.users[rows],
        when[activity],
        [
            Wording("AB"[STYLES.index(style)] if len(texts) > 1 else "A", style, text)
            for style, text in texts
        ],
        float(chances.sum()),
        low,
        high,
        float(worth[rows, activity].sum()),
        None if item.capacity is None else item.capacity - item.seats_taken,
    )


def _name(item: Item, segment: int | None) -> str:
    """Of a draft, as its writer finds it: the item and, after a mark, the segment."""
    title = item.title.get("zh") or next(iter(item.title.values()))
    return f"{title[:100]}{'' if segment is None else f' · {segment}'}"


def interval(chances: np.ndarray, report: Report) -> tuple[float, float]:
    """Within which the number of responses lies in 95 of 100 cases: chance itself, and how surely
    the rate is known, from as many past invites as judged the model (or of the prior)."""
    mean = float(chances.sum())
    seen = (report.judged or report.invites) + PRIOR_INVITES
    base = report.base_rate
    unsure = mean * np.sqrt((1 - base) / (base * (seen + 1)))
    spread = Z * float(np.sqrt((chances * (1 - chances)).sum() + unsure**2))
    return max(mean - spread, 0.0), min(mean + spread, float(len(chances)))
