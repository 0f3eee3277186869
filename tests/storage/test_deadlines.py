"""Deadlines are done once, by whoever comes first, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from services.deadlines import LEASE, Deadlines, Due, Kind
from services.messenger import Blocked, NotSent, SlowDown, Unanswered
from storage.database import Database
from storage.models import Deadline
from storage.repositories import deadlines, users
from tests.storage.rows import NOW, user

MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """Nothing that a process does when it fails is done."""


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def set_(database: Database, about: str, at: datetime = NOW, kind: str = "remind") -> None:
    async with database.write() as session:
        await deadlines.set_at(session, kind, about, at, NOW)


async def states(database: Database) -> dict[str, str]:
    async with database.read() as session:
        rows = (await session.scalars(select(Deadline))).all()
    return {row.about: row.state for row in rows}


def doing(
    database: Database, clock: Clock, act: Callable[[Due], Awaitable[None]], **rules: bool
) -> Deadlines:
    found = Deadlines(database, clock)
    found.add(Kind("remind", act, **rules))  # type: ignore[arg-type]
    return found


async def whole(service: Deadlines) -> None:
    while await service.round():
        pass


async def test_two_processes_do_each_once(database: Database) -> None:
    for number in range(40):
        await set_(database, str(number))
    await set_(database, "later", NOW + MINUTE)
    done: list[str] = []

    async def act(due: Due) -> None:
        await asyncio.sleep(0.001)
        done.append(due.about)

    clock = Clock()
    await asyncio.gather(*(whole(doing(database, clock, act)) for _ in range(3)))
    assert sorted(done) == sorted(map(str, range(40)))
    clock.now += MINUTE
    await whole(doing(database, clock, act))
    assert done[-1] == "later"


@pytest.mark.parametrize(("repeats", "times", "state"), [(False, 1, "doubtful"), (True, 2, "done")])
async def test_what_a_process_died_in_is_in_doubt(
    database: Database, repeats: bool, times: int, state: str
) -> None:
    await set_(database, "seat")
    clock, begun = Clock(), []

    async def dies(due: Due) -> None:
        begun.append(due)
        raise Killed

    async def act(due: Due) -> None:
        begun.append(due)

    # As kill -9 leaves it: begun, and nothing written after that.
    with pytest.raises(Killed):
        await doing(database, clock, dies, repeats=repeats)._do(await taken(database))
    other = doing(database, clock, act, repeats=repeats)
    assert await other.round() == 0, "its lease still runs"
    clock.now += LEASE
    await whole(other)
    assert (len(begun), await states(database)) == (times, {"seat": state})


async def taken(database: Database) -> Deadline:
    async with database.write() as session:
        (row,) = await deadlines.take(session, ["remind"], NOW, LEASE, 1)
    return row


@pytest.mark.parametrize(
    ("error", "state", "after"),
    [
        (SlowDown(5), "due", timedelta(seconds=5)),
        (NotSent("x"), "due", MINUTE),
        (RuntimeError("x"), "due", MINUTE),
        (Unanswered("x"), "doubtful", None),
        (Blocked("x"), "failed", None),
    ],
)
async def test_what_failed_is_tried_again_where_it_was_not_done(
    database: Database, error: Exception, state: str, after: timedelta | None
) -> None:
    await set_(database, "seat")
    clock, told = Clock(), []

    async def act(due: Due) -> None:
        told.append(due)
        if len(told) == 1:
            raise error

    service = doing(database, clock, act)
    await whole(service)
    assert await states(database) == {"seat": state}
    if after is not None:
        clock.now += after - timedelta(seconds=1)
        assert await service.round() == 0
        clock.now += timedelta(seconds=1)
        await whole(service)
        assert (len(told), told[-1].due_at) == (2, NOW)
        assert await states(database) == {"seat": "done"}


async def test_late_ones_are_told_as_late_or_dropped(database: Database) -> None:
    clock, told = Clock(), []

    async def act(due: Due) -> None:
        told.append(due.late)

    await set_(database, "seat")
    await whole(doing(database, clock, act))
    await set_(database, "late")
    clock.now += timedelta(hours=1)
    await whole(doing(database, clock, act))
    await set_(database, "of no use")
    await whole(doing(database, clock, act, drop_late=True))
    assert told == [False, True]
    assert (await states(database))["of no use"] == "dropped"


async def test_moved_lifted_and_unknown_ones(database: Database) -> None:
    done: list[str] = []
    clock = Clock()

    async def act(due: Due) -> None:
        done.append(due.about)
        if due.about == "moved" and len(done) == 1:
            await set_(database, "moved", NOW + MINUTE)

    service = doing(database, clock, act)
    await set_(database, "moved")
    await set_(database, "lifted")
    await set_(database, "of a newer version", kind="unheard of")
    async with database.write() as session:
        assert await deadlines.lift(session, "lifted", ["remind"], NOW) == 1
        assert await deadlines.lift(session, "lifted", ["remind"], NOW) == 0
    await whole(service)
    clock.now += MINUTE
    async with database.read() as session:
        due = await session.scalar(select(Deadline.state).where(Deadline.about == "moved"))
    assert (done, due) == (["moved"], "due"), "moved while it was done: it is due anew"
    await whole(service)
    found = await states(database)
    assert (found["lifted"], found["of a newer version"]) == ("dropped", "due")


async def test_a_persons_are_deleted_with_them(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(7)])
        await deadlines.set_at(session, "remind", "seat", NOW, NOW, user_id=7)
    async with database.write() as session:
        await session.delete(await session.get_one(users.User, 7))
    assert await states(database) == {}
