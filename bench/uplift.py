"""Whom to invite: who is moved, against three other ways; `python -m bench.uplift --json`.

A made-up population in four interests, each mostly of one kind of people: who come if they are
invited (persuadables), who come anyway (sure things), who never come (lost causes), and whom an
invite puts off (sleeping dogs); which interest is of which kind depends on the type of the thing.
Every ROUND_DAYS all ways invite as many people, of whom a fifth at random are held out; all meet
the same chance, person by person. A booking leads to an ordered car at ORDERS. Only what people did
is seen: invites, bookings and openings in a real SQLite file, `campaigns.measure` and
`services.recommending.uplift` on what was held out, `campaigns.responding` for responses,
`campaigns.assignment` for who gets what. Segments are the true interests.

`cars` is what was ordered in all rounds, `beyond` that over what comes uninvited, both with 95 %
intervals over seeds; `against` is the paired difference of ours (`moved`) to each other way.
`--quick`: two seeds.
"""

import argparse
import asyncio
import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy import stats
from sqlalchemy import insert

from bench.serving import NOW, recommendations
from bench.serving import item as made_item
from campaigns.assignment import Problem, assign
from campaigns.measure import measure
from campaigns.responding import Responses
from campaigns.response_features import Then, Things
from services.recommending.logs import agreed_log
from services.recommending.uplift import learn
from storage.database import Database
from storage.models import ITEM_TYPES, Booking, Campaign, Recipient, Signal, User
from storage.repositories import effects, items

PEOPLE, ROUNDS, SEEDS, ROUND_DAYS, WINDOW = 4_000, 6, 20, 20, 14
TYPES = ("test_drive", "salon", "live")
BUDGET, HOLDOUT, ORDERS = 0.25, 0.2, 0.2
WAYS = ("moved", "response", "cf", "random")
# Of each kind: the chance to book uninvited, invited, and to open an invite.
KINDS = {
    "persuadable": (0.02, 0.20, 0.35),
    "sure": (0.22, 0.23, 0.50),
    "lost": (0.005, 0.006, 0.03),
    "dog": (0.12, 0.05, 0.20),
}
# Which kind each interest mostly is, by type; three in five are.
MOSTLY = {
    "test_drive": ("persuadable", "sure", "lost", "dog"),
    "salon": ("sure", "persuadable", "dog", "lost"),
    "live": ("lost", "sure", "persuadable", "persuadable"),
}


class Fixed:
    """Segments that are known: the interests, from 1 on, of people from 1 on."""

    def __init__(self, interests: np.ndarray) -> None:
        self.interests = interests

    async def of(self, user_ids: np.ndarray) -> np.ndarray:
        return np.asarray(self.interests[user_ids - 1] + 1, dtype=np.int32)


class World:
    """The truth, which is never told: chances float [people, types] without and with an invite, and
    of opening one."""

    def __init__(self, seed: int, people: int) -> None:
        chance = np.random.default_rng(seed)
        self.interests = chance.integers(0, 4, people)
        names = list(KINDS)
        self.chances = np.zeros((3, people, len(TYPES)))
        for column, type_ in enumerate(TYPES):
            mostly = np.array([names.index(kind) for kind in MOSTLY[type_]])[self.interests]
            kind = np.where(chance.random(people) < 0.6, mostly, chance.integers(0, 4, people))
            self.chances[:, :, column] = np.array([KINDS[name] for name in names])[kind].T
        # What each person would do, whoever is invited: the same for all ways.
        self.luck = chance.random((ROUNDS, 2, people, len(TYPES)))
        self.order = chance.random((ROUNDS, people, len(TYPES))) < ORDERS
        self.seed = seed

    def ordered(self, round_: int, invited: np.ndarray) -> int:
        return int((self.booked(round_, invited) & self.order[round_]).sum())

    def booked(self, round_: int, invited: np.ndarray) -> np.ndarray:
        """bool [people, types] of `invited` bool [people, types]."""
        chances = np.where(invited, self.chances[1], self.chances[0])
        return np.asarray(self.luck[round_, 0] < chances)


def thing(round_: int, column: int) -> str:
    return f"item-{round_ * len(TYPES) + column}"


async def populate(folder: Path, world: World) -> None:
    """People and what they did before the first round: bookings as they come uninvited."""
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    chance = np.random.default_rng(world.seed + 1)
    count = len(world.interests)
    start = NOW - timedelta(days=ROUND_DAYS * (ROUNDS + 1))
    rows = []
    for number in range((ROUNDS + 2) * len(TYPES)):
        # The last of them are those of before.
        row = made_item(number, chance) | {"type": TYPES[number % len(TYPES)], "capacity": None}
        row |= {"starts_at": None, "active": True, "city": None}
        rows.append(row)
    history = []
    for column in range(len(TYPES)):
        before = thing(ROUNDS, column), thing(ROUNDS + 1, column)
        for verb, scale in (("booked", 1.0), ("viewed", 2.0)):
            did = chance.random(count) < np.minimum(scale * world.chances[0, :, column], 1)
            for person in np.flatnonzero(did).tolist():
                days = float(chance.uniform(1, 60))
                history.append(act(person + 1, verb, before[person % 2], start, -days, "past"))
    async with database.write() as session:
        await items.save(session, rows)
        people = [
            {
                "id": n + 1,
                "personalisation": True,
                "topics": [],
                "invites": True,
                "created_at": start,
                "seen_at": start,
            }
            for n in range(count)
        ]
        await session.execute(insert(User), people)
        await session.execute(insert(Signal), history)
    await database.close()


def act(user: int, verb: str, item: str, at: Any, days: float, key: str, **more: Any) -> Any:
    when = at + timedelta(days=days)
    return {
        "user_id": user,
        "verb": verb,
        "object_type": "item",
        "object_id": item,
        "source": "bot",
        "campaign_id": None,
        "occurred_at": when,
        "idempotency_key": f"{key}:{verb}:{item}:{user}",
    } | more


async def run(folder: Path, world: World, way: str) -> int:
    """How many cars were ordered in all rounds, one way."""
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    placing = Fixed(world.interests)
    service = recommendations(database, folder)
    ids = np.arange(1, len(world.interests) + 1)
    chance = np.random.default_rng([world.seed, WAYS.index(way)])
    cars = 0
    for round_ in range(ROUNDS):
        now = NOW - timedelta(days=ROUND_DAYS * (ROUNDS - round_))
        responses = Responses(database, service, placing, lambda now=now: now)  # type: ignore
        worth = await valued(way, database, responses, ids, round_, now, chance)
        chosen = choose(way, worth)
        held = chosen & (chance.random(chosen.shape) < HOLDOUT)
        cars += world.ordered(round_, chosen & ~held)
        if way != "random":  # which learns nothing
            await note(database, world, round_, chosen, held, now, is_measured=way == "moved")
    await database.close()
    return cars


async def valued(
    way: str,
    database: Database,
    responses: Responses,
    ids: np.ndarray,
    round_: int,
    now: Any,
    chance: np.random.Generator,
) -> np.ndarray:
    """What a way takes invites to be worth, float32 [people, types]."""
    names = [thing(round_, column) for column in range(len(TYPES))]
    if way == "random":
        return np.asarray(chance.random((len(ids), len(names))), dtype=np.float32)
    if way == "cf":
        return await by_neighbours(database, names, ids, now)
    chances = await responses.chances(ids, names, now)
    chances = chances * (1 + 1e-6 * chance.random(chances.shape).astype(np.float32))
    if way == "response":
        return np.asarray(chances)
    async with database.read() as session:
        found = learn(await effects.by_segment(session))
    types = np.array([ITEM_TYPES.index(type_) for type_ in TYPES])
    segments = await responses.placing.of(ids)
    return found.drawn(np.asarray(chances), segments, types, chance)


async def by_neighbours(
    database: Database, names: list[str], ids: np.ndarray, now: Any
) -> np.ndarray:
    """How near each type's things are to what a person took up, by who took up what: cosines of
    types (new things have no takers yet), over the things of before."""
    log, catalogue = await agreed_log(database, lambda kind, thing: thing)
    things = Things(tuple(catalogue), np.zeros(0, int), np.zeros((0, 0), np.float32))
    then = Then(log.over(catalogue), things, now)
    place = np.full(ids.max() + 1, len(then.users))
    place[then.users] = np.arange(len(then.users))
    histories = then.histories[place[ids]]
    types = np.array([int(name[5:]) % len(TYPES) for name in catalogue])
    own = np.column_stack(
        [np.asarray(histories[:, types == n].sum(axis=1)).ravel() for n in range(len(TYPES))]
    )
    both = own.T @ own
    norm = np.sqrt(np.outer(np.diag(both), np.diag(both))) + 1e-9
    return np.asarray(own @ (both / norm) + 1e-6, dtype=np.float32)[:, : len(names)]


def choose(way: str, worth: np.ndarray) -> np.ndarray:
    """Invites bool [people, types]: one a person, as many as the budget has."""
    count = len(worth)
    budget = int(BUDGET * count)
    chosen = np.zeros(worth.shape, dtype=bool)
    if way == "moved":
        problem = Problem(
            worth,
            np.full(worth.shape, 1e-3, np.float32),
            np.full(worth.shape[1], np.inf),
            np.ones(count, dtype=int),
            np.ones(worth.shape[1]),
            float(budget),
        )
        made = assign(problem)
        chosen[made.people, made.activities] = True
        return chosen
    best = worth.argmax(axis=1)
    who = np.argsort(-worth.max(axis=1), kind="stable")[:budget]
    chosen[who, best[who]] = True
    return chosen


async def note(
    database: Database,
    world: World,
    round_: int,
    chosen: np.ndarray,
    held: np.ndarray,
    now: Any,
    *,
    is_measured: bool,
) -> None:
    """Writes down what is seen of a round, and measures it."""
    invited = chosen & ~held
    booked = world.booked(round_, invited)
    opened = invited & (world.luck[round_, 1] < world.chances[2])
    made: list[int] = []
    async with database.write() as session:
        for column in range(len(TYPES)):
            name = thing(round_, column)
            campaign = Campaign(
                created_by=1,
                item_id=name,
                segment={"kind": "all"},
                status="done",
                created_at=now,
                launched_at=now,
                holdout=HOLDOUT,
                salt="salt",
                window_days=WINDOW,
            )
            session.add(campaign)
            await session.flush()
            made.append(campaign.id)
            drawn = [
                {
                    "campaign_id": campaign.id,
                    "user_id": person + 1,
                    "status": "held" if held[person, column] else "sent",
                    "arm": "holdout" if held[person, column] else "treated",
                    "segment": int(world.interests[person]) + 1,
                    "changed_at": now,
                    "assigned_at": now,
                }
                for person in np.flatnonzero(chosen[:, column]).tolist()
            ]
            if drawn:
                await session.execute(insert(Recipient), drawn)
            bookers = (np.flatnonzero(booked[:, column]) + 1).tolist()
            later = now + timedelta(days=3)
            rows = [
                {
                    "user_id": user,
                    "item_id": name,
                    "status": "booked",
                    "created_at": later,
                    "changed_at": later,
                }
                for user in bookers
            ]
            acts = [act(user, "booked", name, now, 3, "r") for user in bookers]
            acts += [
                act(person + 1, "invite_opened", name, now, 1, "r", campaign_id=campaign.id)
                for person in np.flatnonzero(opened[:, column]).tolist()
            ]
            for table, given in ((Booking, rows), (Signal, acts)):
                if given:
                    await session.execute(insert(table), given)
    for campaign_id in made if is_measured else ():
        await measure(database, campaign_id, now + timedelta(days=WINDOW + 1))


async def migrated(folder: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    await database.close()


async def seeded(seed: int, people: int, empty: Path) -> dict[str, int]:
    """Cars by way, and of nobody invited; `empty` has a database without rows."""
    world = World(seed, people)
    nobody = np.zeros((people, len(TYPES)), dtype=bool)
    found = {
        "none": sum(int((world.booked(n, nobody) & world.order[n]).sum()) for n in range(ROUNDS))
    }
    with TemporaryDirectory() as folder:
        first = Path(folder) / "first"
        shutil.copytree(empty, first)
        await populate(first, world)
        for way in WAYS:
            own = Path(folder) / way
            shutil.copytree(first, own)
            found[way] = await run(own, world, way)
    print(seed, found, file=sys.stderr)
    return found


def interval(values: list[int]) -> dict[str, float]:
    """The mean, and Student's 95 % interval of it."""
    mean = float(np.mean(values))
    half = (
        float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)) if len(values) > 1 else 0.0
    )
    return {"mean": round(mean, 1), "low": round(mean - half, 1), "high": round(mean + half, 1)}


def bench(seeds: int, people: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        empty = Path(folder)
        asyncio.run(migrated(empty))
        found = [asyncio.run(seeded(seed, people, empty)) for seed in range(seeds)]
    return told(found, people)


def told(found: list[dict[str, int]], people: int) -> dict[str, Any]:
    """Of each seed's cars by way."""
    return {
        "people": people,
        "rounds": ROUNDS,
        "seeds": len(found),
        "invites_a_round": int(BUDGET * people),
        "cars": {way: interval([one[way] for one in found]) for way in ("none", *WAYS)},
        "beyond": {way: interval([one[way] - one["none"] for one in found]) for way in WAYS},
        "against": {way: interval([one["moved"] - one[way] for one in found]) for way in WAYS[1:]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout (always so)")
    parser.add_argument("--quick", action="store_true", help="two seeds, fewer people")
    args = parser.parse_args()
    print(json.dumps(bench(2, PEOPLE) if args.quick else bench(SEEDS, PEOPLE)))


if __name__ == "__main__":
    main()
