"""Leads out to a CRM and outcomes back, from the command line."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from activities.leads import take_back
from services.clock import ZONE, utc_now
from storage.database import Database
from storage.encryption import Keys, make_key, read_key
from storage.models import Lead, LeadChange, LeadRead, Signal
from storage.repositories import dealers, items, leads, users
from tests.bot.command_line import Run, many, one
from tests.storage.rows import item, user

KEY = make_key()
NAME, PHONE = "=HYPERLINK(1)", "+8613800138000"


def day(days: int) -> str:
    return (utc_now() - timedelta(days=days)).astimezone(ZONE).date().isoformat()


def prepared(run: Run, *people: int, days_ago: int = 10) -> Database:
    """Leads 1, 2 … of these people, each handed over days ago."""
    assert run("db", "upgrade").exit_code == 0
    database = Database("sqlite+aiosqlite:///var/chezhi.db")
    database.unlock(Keys([read_key(KEY)]))
    asyncio.run(_prepare(database, people, utc_now() - timedelta(days=days_ago)))
    return database


async def _prepare(database: Database, people: tuple[int, ...], at: datetime) -> None:
    async with database.write() as session:
        north = {"id": "north", "name": {"zh": "北", "en": "N"}, "city": None, "brand": None}
        await dealers.save(session, [north], {})
        await items.save(
            session, [item("drive", type="test_drive", price_stars=0, dealer_id="north")]
        )
        await users.save(session, [user(one) for one in people])
        drive = await items.get(session, "drive")
        assert drive is not None
        for one_ in people:
            assert await leads.agree(session, one_, drive, "1", "…", at)
            await leads.hand_over(session, one_, NAME, PHONE, at, at)
    await database.close()


def told(database: Database) -> tuple[Lead, list[LeadChange], list[Signal]]:
    async def look() -> tuple[Lead, list[LeadChange], list[Signal]]:
        async with database.read() as session:
            lead = await session.get_one(Lead, 1)
            changes = list(await leads.changes(session, 1))
            signals = list(await session.scalars(select(Signal).order_by(Signal.occurred_at)))
        await database.close()
        return lead, changes, signals

    return asyncio.run(look())


def outcomes(*lines: str) -> Path:
    file = Path("outcomes.csv")
    file.write_text("\n".join(["lead,outcome,amount,date", *lines]), encoding="utf-8")
    return file


def test_an_export_is_guarded_noted_and_comes_back_with_outcomes(run: Run) -> None:
    database = prepared(run, 1, 2)
    env = {"CHEZHI_ENCRYPTION_KEYS": KEY}
    assert run("leads", "export", "--out", "leads.csv", **env).exit_code == 0
    file = Path("leads.csv")
    assert file.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert [(row["lead"], row["name"], row["phone"]) for row in rows] == [
        ("1", f"'{NAME}", f"'{PHONE}"),
        ("2", f"'{NAME}", f"'{PHONE}"),
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())

    async def read() -> list[tuple[int | None, str]]:
        async with database.read() as session:
            found = [(r.by_id, r.via) for r in await session.scalars(select(LeadRead))]
        await database.close()
        return found

    reads = asyncio.run(read())
    assert len(reads) == 2
    assert all(by is None and via.startswith("export by ") for by, via in reads)
    # The CRM fills in the last columns and sends the file back as it is.
    rows[0] |= {"outcome": "ordered", "amount": "258,000", "date": day(2)}
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        table = csv.DictWriter(target, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    assert one(run("leads", "import", file, "--json", **env)) == {"imported": 1, "duplicates": 0}
    lead, _, (signal,) = told(database)
    assert (lead.status, lead.amount) == ("ordered", 25_800_000)
    assert (signal.verb, signal.value, signal.source) == ("ordered", 258_000, "dealer")
    assert signal.occurred_at.astimezone(ZONE).date().isoformat() == day(2)
    (found, _) = many(run("leads", "find", "+86 138-0013-8000", "--json", **env))
    assert (found["lead"], found["state"]) == (1, "ordered")


def test_late_outcomes_are_dated_and_repeats_are_harmless(run: Run) -> None:
    database = prepared(run, 1)
    env = {"CHEZHI_ENCRYPTION_KEYS": KEY}
    run("leads", "import", outcomes(f"1,ordered,300000,{day(1)}"), **env)
    file = outcomes(f"1,drove,,{day(5)}", f"1,ordered,300000,{day(1)}", f"1,reached,,{day(8)}")
    assert one(run("leads", "import", file, "--json", **env)) == {"imported": 2, "duplicates": 1}
    assert one(run("leads", "import", file, "--json", **env)) == {"imported": 0, "duplicates": 3}
    lead, changes, signals = told(database)
    assert (lead.status, len(changes)) == ("ordered", 3)
    assert [signal.verb for signal in signals] == ["test_driven", "ordered"]
    assert signals[0].occurred_at < signals[1].occurred_at < datetime.now(UTC)


def test_a_file_with_a_fault_changes_nothing(run: Run) -> None:
    database = prepared(run, 1, 2)
    env = {"CHEZHI_ENCRYPTION_KEYS": KEY}

    async def withdraw() -> None:
        async with database.write() as session:
            await take_back(session, 2, utc_now())
        await database.close()

    asyncio.run(withdraw())
    wrong = {
        "x,drove,,": "the number of a lead",
        "2,drove,,": "it was withdrawn",
        "9,drove,,": "there is no lead 9",
        "1,bought,,": "it is one of reached",
        "1,drove,5,": "amount is for what was ordered",
        "1,ordered,-5,": "amount is for what was ordered",
        "1,ordered,lots,": "such as 258000",
        "1,drove,,soon": "it is a day",
        "1,drove,,2126-01-01": "lies ahead",
        "1,drove,,2020-01-01": "before the lead was handed over",
        "1,drove,,9999-12-31": "date is",
        "1,drove,,,,": "more cells",
    }
    lines = [
        line if line.count(",") > 3 else line + (day(1) if line[-1] == "," else "")
        for line in wrong
    ]
    result = run("leads", "import", outcomes(f"1,came,,{day(1)}", *lines), **env)
    assert result.exit_code == 1
    for number, part in enumerate(wrong.values(), start=3):
        assert any(
            line.startswith(f"line {number}:") and part in line
            for line in result.stderr.splitlines()
        ), (number, part, result.stderr)
    assert told(database)[1] == []
    for name, text in (("a.csv", "lead;outcome\n1;drove"), ("b.csv", "lead,outcome,x\n1,drove,y")):
        Path(name).write_text(text, encoding="utf-8")
        assert "The first line has to name" in run("leads", "import", name, **env).stderr
    Path("c.csv").write_bytes(b"lead,outcome\n1,\xff")
    assert "not UTF-8" in run("leads", "import", "c.csv", **env).stderr


def test_without_a_key_the_command_says_how_to_make_one(run: Run) -> None:
    prepared(run, 1)
    for command in (("leads", "export"), ("leads", "import", outcomes()), ("db", "rotate-keys")):
        result = run(*command)
        assert result.exit_code == 1
        assert "chezhi db make-key" in result.stderr
    key = run("db", "make-key").stdout.strip()
    env = {"CHEZHI_ENCRYPTION_KEYS": f"{key},{KEY}"}
    assert one(run("db", "rotate-keys", "--json", **env)) == {"rotated": 1}
    assert PHONE in run("leads", "export", CHEZHI_ENCRYPTION_KEYS=key).stdout
