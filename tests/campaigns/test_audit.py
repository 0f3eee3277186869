"""The audit log: what is changed or taken out of it is told."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services import audit
from services.clock import utc_now
from storage.database import Database
from storage.repositories import audit as entries
from tests.storage.rows import NOW


async def filled(database: Database, count: int) -> list[str]:
    """That many entries; their hashes."""
    hashes = []
    for number in range(count):
        async with database.write() as session:
            detail = {"digest": f"{number:064}", "alone": number % 2 == 0, "share": 0.1}
            entry = await audit.append(
                session, 901, "approved", f"campaign:{number}", utc_now(), detail
            )
        hashes.append(entry.hash)
    return hashes


async def by_hand(database: Database, statement: str) -> None:
    """What somebody with the database's password can do, the triggers dropped."""
    async with database.write() as session:
        if database.is_sqlite:
            for name in ("kept", "unchanged"):
                await session.execute(text(f"DROP TRIGGER IF EXISTS audit_log_{name}"))
        else:
            await session.execute(text("DROP TRIGGER IF EXISTS audit_log_kept ON audit_log"))
        await session.execute(text(statement))


async def test_a_log_that_nobody_touched_is_whole(database: Database) -> None:
    empty = await audit.verify(database)
    assert (empty.entries, empty.head, empty.broken) == (0, audit.GENESIS, None)
    hashes = await filled(database, 3)
    for head in (None, audit.GENESIS, *hashes):
        found = await audit.verify(database, head)
        assert (found.entries, found.head, found.broken, found.why) == (3, hashes[-1], None, None)


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 902",
        "act = 'refused'",
        "about = 'campaign:9'",
        "detail = '{}'",
        "at = '2026-01-01 00:00:00+00'",
    ],
)
async def test_a_changed_entry_is_named(database: Database, change: str) -> None:
    await filled(database, 4)
    if database.is_sqlite:
        change = change.replace("+00'", ".000000'")
    await by_hand(database, f"UPDATE audit_log SET {change} WHERE id = 3")
    found = await audit.verify(database)
    assert (found.entries, found.broken, found.why) == (2, 3, "changed")


async def test_an_entry_rewritten_with_its_hash_breaks_the_next(database: Database) -> None:
    await filled(database, 3)
    async with database.read() as session:
        (first, second, _) = await entries.after(session, 0, 9)
    second.actor_id = 7
    forged = audit.hash_of(second)
    await by_hand(
        database, f"UPDATE audit_log SET actor_id = 7, hash = '{forged}' WHERE id = {second.id}"
    )
    found = await audit.verify(database)
    assert (found.broken, found.why) == (second.id + 1, "unlinked")
    assert first.hash != forged


async def test_a_deletion_is_told_in_the_middle_at_once_and_at_the_end_by_a_head(
    database: Database,
) -> None:
    *_, third, fourth = await filled(database, 4)
    await by_hand(database, "DELETE FROM audit_log WHERE id = 4")
    assert (await audit.verify(database)).broken is None
    assert (await audit.verify(database, third)).why is None
    assert (await audit.verify(database, fourth)).why == "head-missing"
    await by_hand(database, "DELETE FROM audit_log WHERE id = 2")
    found = await audit.verify(database)
    assert (found.broken, found.why) == (3, "unlinked")


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET act = 'x'", "DELETE FROM audit_log"])
async def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    await filled(database, 1)
    with pytest.raises(DBAPIError, match="only added to"):
        async with database.write() as session:
            await session.execute(text(statement))


async def test_concurrent_entries_make_one_chain(database: Database) -> None:
    async def one(number: int) -> None:
        async with database.write() as session:
            await audit.append(session, number, "edited", f"campaign:{number}", NOW)

    await asyncio.gather(*(one(number) for number in range(30)))
    found = await audit.verify(database)
    assert (found.entries, found.broken) == (30, None)


async def test_an_act_that_fails_leaves_no_entry(database: Database) -> None:
    async def fails() -> None:
        async with database.write() as session:
            await audit.append(session, 1, "launched", "campaign:1", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert (await audit.verify(database)).entries == 0
