"""Lists go by what campaigns were measured to change, in each segment its own."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from sample.behaviour import generate, load_items
from sample.loading import _signal, _user
from services.brain import Brain
from services.recommending.leaning import Leaning
from storage.models import Campaign, Effect, User
from storage.repositories import signals, users


@pytest.fixture
async def peopled(brain: Brain) -> Brain:
    now = brain.clock()
    behaviour = generate(load_items(), users=150, now=now)
    async with brain.database.write() as session:
        await users.save(session, [_user(one, now) for one in behaviour.users])
        await signals.record(session, [_signal(one) for one in behaviour.signals])
    await brain.profiles.build()
    return brain


async def measured(
    brain: Brain, item_id: str, outcome: str, shares: dict[int, tuple[float, float]]
) -> None:
    """A campaign: by segment, which share of 2,000 invited people did it, and of as many held."""
    async with brain.database.write() as session:
        now = brain.clock()
        made = Campaign(created_by=1, item_id=item_id, segment={"kind": "all"}, created_at=now)
        session.add(made)
        await session.flush()
        for segment, (treated, held) in shares.items():
            counts = {"treated": 2_000, "held": 2_000}
            did = {"treated_did": round(2_000 * treated), "held_did": round(2_000 * held)}
            seen = {"difference": treated - held, "low": 0.0, "high": 1.0, "measured_at": now}
            row = {"campaign_id": made.id, "segment": str(segment), "outcome": outcome}
            session.add(Effect(**row, **counts, **did, **seen))


async def places(brain: Brain, person: User, type_: str) -> float:
    """The mean place, from 0 on, of the items of a type in a person's whole list."""
    picks = await brain.recommendations.pick(person, 100, now=brain.clock())
    found = [n for n, pick in enumerate(picks) if pick.item.type == type_]
    return sum(found) / len(found)


async def one_of_each(brain: Brain) -> tuple[Sequence[User], Sequence[int]]:
    """Somebody of each of two segments, and the segments."""
    async with brain.database.read() as session:
        agreed = select(User).where(User.personalisation.is_(True))
        people = (await session.scalars(agreed.order_by(User.id))).all()
    own = await brain.placing.of_some([one.id for one in people])
    first = next(one for one in people if one.id in own)
    second = next(one for one in people if own.get(one.id, own[first.id]) != own[first.id])
    return (first, second), (own[first.id], own[second.id])


async def test_a_list_leads_with_what_moves_people_like_its_reader(peopled: Brain) -> None:
    (moved, annoyed), (theirs, others) = await one_of_each(peopled)
    leaning = Leaning(peopled.database, peopled.placing, peopled.clock, gather_s=0)
    peopled.recommendations.leanings = leaning.of
    before = [await places(peopled, one, "live") for one in (moved, annoyed)]
    assert await leaning.of(moved) == {}, "nothing was measured yet"

    leaning = Leaning(peopled.database, peopled.placing, peopled.clock, gather_s=0)
    peopled.recommendations.leanings = leaning.of
    await measured(peopled, "live-winter-range", "booked", {theirs: (0.4, 0.1), others: (0.1, 0.4)})
    await measured(peopled, "course-winter", "purchased", {theirs: (0.1, 0.4), others: (0.4, 0.1)})
    for one in (moved, annoyed):
        await leaning.of(one)
    await leaning.worked_out()
    assert (await leaning.of(moved))["live"] > 0.5 > (await leaning.of(moved))["course"]
    assert (await leaning.of(annoyed))["live"] < -0.5 < (await leaning.of(annoyed))["course"]
    assert await places(peopled, moved, "live") < before[0]
    assert await places(peopled, annoyed, "live") > before[1]


async def test_of_who_agreed_to_no_profile_no_segment_is_worked_out(peopled: Brain) -> None:
    (person, _), (theirs, others) = await one_of_each(peopled)
    leaning = Leaning(peopled.database, peopled.placing, peopled.clock, gather_s=0)
    await measured(peopled, "live-winter-range", "booked", {theirs: (0.4, 0.1), others: (0.1, 0.4)})
    async with peopled.database.write() as session:
        await users.change(session, person.id, personalisation=None)
        person = await session.get_one(User, person.id, populate_existing=True)
    of_all = await leaning.of(person)
    await leaning.worked_out()
    assert await leaning.of(person) == of_all
    assert leaning._working is None
