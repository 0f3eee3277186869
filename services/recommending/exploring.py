"""/recommend's lists with a little chance in them, and what is learned from how they fared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np

from recsys import exploration, logged
from services.people import Person
from services.recommending.picks import Pick
from services.recommending.serving import Recommendations
from storage.models import ShownList, Signal
from storage.repositories import shown_lists, signals

# An item that stood in so many lists of late, and that the person did nothing with, rests until
# they are older: it comes after all others.
CAP, LATELY = 3, timedelta(days=7)
# An act this long after a list still counts for it, if no later list shows the item.
COUNTS = timedelta(days=1)
REWARDS = {"clicks": "viewed", "likes": "liked"}


async def explored(recommendations: Recommendations, person: Person, k: int) -> list[Pick]:
    """The k items for a person, some places given to next-best ones; the list is noted.

    Without their consent, what is popular: nothing is tried and nothing noted. The same person
    has the same luck all day, so that an update that is handled again shows the same list.
    """
    if not person.agreed:
        return await recommendations.for_person(person, k)
    tired = await _tired(person, person.key)
    count = k * (1 + exploration.POOL)
    picked = await recommendations.for_person(person, count, leave_out=tired)
    if tired and len(picked) < k:
        fresh = [pick.item.id for pick in picked]
        picked += await recommendations.for_person(person, count, leave_out=fresh)
    considered = {pick.item.id: pick for pick in picked}
    places = exploration.chances(list(considered), k, recommendations.explore)
    shown = exploration.draw(places, f"{person.id}:{person.now.date()}")
    if shown:
        row = {
            "user_id": person.id,
            "shown_at": person.now,
            "items": list(shown),
            "propensities": list(shown.values()),
            "considered": list(considered),
            "model_version": recommendations.version,
            "idempotency_key": person.key,
        }
        async with recommendations.database.write() as session:
            await shown_lists.record(session, row)
    return [considered[item] for item in shown]


async def _tired(person: Person, key: str) -> set[str]:
    """Items that the person was shown `CAP` times `LATELY`, before this list, for nothing."""
    since = person.now - LATELY
    async with person.database.read() as session:
        lists = await shown_lists.of_user(session, person.id, since, but=key)
        acts = await signals.of_user(session, person.id, Signal.occurred_at >= since)
    counts = Counter(item for shown in lists for item in shown.items)
    return {item for item, times in counts.items() if times >= CAP} - {a.object_id for a in acts}


async def evaluate_logged(recommendations: Recommendations) -> dict[str, Any] | None:
    """Clicks and likes per shown item, as logged and as the live model with today's share of
    exploration would have them on the same candidates, knowing what was known then.

    None when nothing was logged.
    """
    async with recommendations.database.read() as session:
        rows = await shown_lists.of_consenting_users(session)
        acts: dict[int, Sequence[Signal]] = {
            user_id: await signals.of_user(session, user_id)
            for user_id in dict.fromkeys(shown.user_id for shown, _ in rows)
        }
    if not rows:
        return None
    weights: list[float] = []
    users: list[int] = []
    for shown, user in rows:
        ranked = await recommendations.rank(user, shown.considered, shown.shown_at)
        places = exploration.chances(ranked, len(shown.items), recommendations.explore)
        chance = exploration.inclusion(places)
        for item, propensity in zip(shown.items, shown.propensities, strict=True):
            weights.append(chance.get(item, 0.0) / propensity)
            users.append(shown.user_id)
    lists = [shown for shown, _ in rows]
    found: dict[str, Any] = {
        "version": recommendations.version,
        "explore": recommendations.explore,
        "lists": len(lists),
        "users": len(acts),
        "since": lists[0].shown_at.isoformat(),
    }
    for name, verb in REWARDS.items():
        rewards = _rewards(lists, acts, verb)
        found[name] = asdict(logged.snips(np.array(weights), rewards, np.array(users)))
    return found


def _rewards(
    lists: Sequence[ShownList], acts: dict[int, Sequence[Signal]], verb: str
) -> np.ndarray:
    """1 for each shown item that was acted on within a day, before it was shown again; else 0.
    float [items of all lists], in their order."""
    again: dict[tuple[int, str], Any] = {}
    found: list[list[float]] = []
    for shown in reversed(lists):
        until = {
            item: min(
                shown.shown_at + COUNTS, again.get((shown.user_id, item), shown.shown_at + COUNTS)
            )
            for item in shown.items
        }
        done = {
            act.object_id
            for act in acts[shown.user_id]
            if act.verb == verb
            and act.object_id in until
            and shown.shown_at <= act.occurred_at < until[act.object_id]
        }
        found.append([float(item in done) for item in shown.items])
        again |= {(shown.user_id, item): shown.shown_at for item in shown.items}
    return np.array([reward for one in reversed(found) for reward in one])
