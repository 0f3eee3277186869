"""What is held in memory of people follows the database, whichever process changes it."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recsys.confidence import Confidence
from services.recommending import history
from services.recommending.history import Histories, History
from storage.database import Database
from storage.repositories import rights, signals, users
from tests.storage import rows

NOW = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
VERBS = ("viewed", "progressed", "liked", "dismissed", "booked", "cancelled", "asked")


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    other = Database(database_url)
    yield other
    await other.close()


@pytest.fixture
async def people(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [rows.user(number) for number in (1, 2)])


def histories() -> Histories:
    return Histories(Confidence(), lambda kind, thing: thing if kind == "item" else None, lambda: 0)


def act(key: str, verb: str = "viewed", item: str = "a", user: int = 1, **more: Any) -> Any:
    return {
        "user_id": user,
        "verb": verb,
        "object_type": "item",
        "object_id": item,
        "value": 0.5 if verb == "progressed" else None,
        "source": "test",
        "occurred_at": NOW - timedelta(days=1),
        "idempotency_key": key,
    } | more


async def note(database: Database, *acts: dict[str, Any]) -> None:
    async with database.write() as session:
        await signals.record(session, acts)


async def void(database: Database, *keys: str) -> None:
    async with database.write() as session:
        await signals.void(session, keys)


async def of(held: Histories, database: Database, user: int = 1) -> History:
    return await database.together(lambda session: held.of(session, user))


def told(found: History, now: datetime = NOW) -> tuple[Any, ...]:
    weights = {item: round(weight, 9) for item, weight in found.weights(now).items()}
    return weights, found.settled, found.items_with("liked"), found.is_all


@pytest.mark.usefixtures("people")
async def test_whatever_happens_elsewhere_what_is_held_is_as_if_read_anew(
    database: Database, other: Database
) -> None:
    held, chance = histories(), random.Random(7)
    keys: list[str] = []
    for step in range(60):
        if keys and step % 5 == 4:
            await void(other, keys.pop(chance.randrange(len(keys))))
        else:
            fresh = [f"{step}-{n}" for n in range(chance.randrange(3))]
            if step == 30:  # more than are looked at
                fresh = [f"{step}-{n}" for n in range(signals.NEWEST + 100)]
            days = [timedelta(days=chance.randrange(90)) for _ in fresh]
            await note(
                other,
                *(
                    act(key, chance.choice(VERBS), chance.choice("abcde"), occurred_at=NOW - ago)
                    for key, ago in zip(fresh, days, strict=True)
                ),
            )
            keys += fresh
        later = NOW + timedelta(minutes=20 * step)
        assert told(await of(held, database), later) == told(await of(histories(), database), later)


@pytest.mark.usefixtures("people")
async def test_an_id_that_is_given_again_is_not_taken_for_the_old_act(
    database: Database, other: Database
) -> None:
    held = histories()
    await note(other, act("first", "liked"))
    assert (await of(held, database)).items_with("liked") == {"a"}
    await void(other, "first")
    await note(other, act("again", "dismissed"))
    found = await of(held, database)
    assert (found.items_with("liked"), found.settled) == (set(), {"a"})


@pytest.mark.usefixtures("people")
async def test_only_what_is_new_is_read(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    given = signals.acts

    async def counted(*args: Any, **more: Any) -> Sequence[Any]:
        found = await given(*args, **more)
        read.append(len(found))
        return found

    monkeypatch.setattr(signals, "acts", counted)
    held = histories()
    await note(other, *(act(str(n), item=f"item-{n}") for n in range(50)))
    for _ in range(2):
        await of(held, database)
    await note(other, act("new", "liked", "item-7"), act("another's", user=2))
    assert (await of(held, database)).items_with("liked") == {"item-7"}
    # On PostgreSQL what was committed late may have a low id.
    assert read == ([50, 0, 1] if database.is_sqlite else [50, 50, 51])


@pytest.mark.usefixtures("people")
async def test_of_who_is_deleted_or_takes_consent_back_nothing_is_held(
    database: Database, other: Database
) -> None:
    held = histories()
    await note(other, act("one", "liked"), act("two", "booked"), act("three", "liked", user=2))
    assert (await of(held, database)).items_with("liked") == {"a"}
    assert (await of(held, database, 2)).items_with("liked") == {"a"}
    async with other.write() as session:
        await users.choose_personalisation(session, 1, False, NOW)
    found = await of(held, database)
    assert (found.items_with("liked"), found.settled) == (set(), {"a"})
    async with other.write() as session:
        await rights.erase(session, 1)
    await of(held, database, 2)
    assert set(held._held) <= {2}, "not even in memory"
    assert (await of(held, database)).count == 0


@pytest.mark.usefixtures("people")
async def test_no_more_is_held_than_may_be(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_sqlite:
        return  # holds nothing
    monkeypatch.setattr(history, "MOST_HELD", 15)
    held = histories()
    await note(database, *(act(f"{n}", user=1 + n % 2) for n in range(20)))
    await of(held, database)
    await of(held, database, 2)
    assert set(held._held) == {2}
    await note(database, *(act(f"more-{n}", user=2) for n in range(20)))
    assert (await of(held, database, 2)).count == 30
    assert not held._held
