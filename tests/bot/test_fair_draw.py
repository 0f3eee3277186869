"""Draws by rule: whatever happens, nobody has two prizes, and the file tells all of it."""

import asyncio
import copy
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from activities import draws, fair_draw
from activities.draw_rows import DrawRow
from activities.draw_steps import RulesOut
from storage.database import Database
from storage.repositories import bookings, rights
from tests.bot.command_line import Run
from tests.bot.draw_world import ITEM, TERMS, World
from tests.storage.rows import NOW


class Drawing(RuleBasedStateMachine):
    """Entries, freeze, reveal, claims, refusals, expiry, deletion: in whatever order."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(self.url)
        self.states: list[str] = []
        self.noted: dict[str, str] = {}

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        self.do(clear(self.world.database))
        self.do(self.world.open())

    @rule(user=st.integers(1, 9))
    def enter(self, user: int) -> None:
        outcome, ticket = self.do(self._enter(user))
        file = self.do(self.world.file())
        if file["state"] != "open":
            assert outcome == "closed"
            assert ticket is None

    async def _enter(self, user: int) -> Any:
        return await draws.enter(await self.world.person(user), ITEM)

    @rule(user=st.integers(1, 9), takes=st.booleans())
    def answer(self, user: int, takes: bool) -> None:
        self.do(self._answer(user, takes))

    async def _answer(self, user: int, takes: bool) -> None:
        person = await self.world.person(user)
        act = self.world.draws.claim if takes else self.world.draws.decline
        await act(person, ITEM)

    @rule(user=st.integers(1, 9))
    def forget(self, user: int) -> None:
        self.do(self._forget(user))

    async def _forget(self, user: int) -> None:
        async with self.world.database.write() as session:
            await rights.erase(session, user)

    @rule(hours=st.sampled_from([1, 5, 12, 25]))
    def wait(self, hours: int) -> None:
        self.do(self.world.pass_(hours=hours))

    @precondition(lambda self: bool(self.states))
    @rule(data=st.data())
    def tampering_is_told(self, data: st.DataObject) -> None:
        file = self.do(self.world.file())
        name = data.draw(st.sampled_from([*fair_draw.FIELDS, "digest"]))
        forged = copy.deepcopy(file)
        forged[name] = changed(file[name], data.draw)
        assert fair_draw.verify(forged), name
        # Whoever also mends the hash over all is told by what was known before, or by the seed.
        if name in ("tickets", "seed", "list_hash", "terms", "terms_hash"):
            forged["digest"] = fair_draw.digest_of(forged)
            if file["state"] == "drawn" or name in ("list_hash", "terms", "terms_hash"):
                assert fair_draw.verify(forged), name

    @invariant()
    def all_holds(self) -> None:
        file = self.do(self.world.file())
        assert fair_draw.verify(file) == []
        self.states.append(file["state"])
        held = [a["ticket"] for a in file["awards"] if a["outcome"] in ("open", "claimed")]
        offered = [a["ticket"] for a in file["awards"]]
        assert len(offered) == len(set(offered)), "nobody is offered two"
        assert len(held) <= 3
        assert (file["seed"] is None) == (file["state"] != "drawn")
        for name in ("commitment", "terms_hash", "list_hash", "seed"):
            if file[name] is not None:
                assert self.noted.setdefault(name, file[name]) == file[name]

    def teardown(self) -> None:
        self.do(self.world.database.close())
        self.loop.close()


async def clear(database: Database) -> None:
    async with database.write() as session:
        for table in ("draw_awards", "draw_entries", "draws", "bookings", "deadlines", "users"):
            await session.execute(text(f"DELETE FROM {table}"))
        await session.execute(text("UPDATE items SET seats_taken = 0"))


def changed(value: Any, draw: Any) -> Any:
    """Another value of the same kind: a part of it is changed where it has parts."""
    if isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: changed(value[key], draw)}
    if isinstance(value, list) and value:
        place = draw(st.integers(0, len(value) - 1))
        return [changed(one, draw) if n == place else one for n, one in enumerate(value)]
    if isinstance(value, str) and value:
        place = draw(st.integers(0, len(value) - 1))
        return value[:place] + ("0" if value[place] != "0" else "1") + value[place + 1 :]
    if isinstance(value, int):
        return value + 1
    return ["x"] if value in (None, [], {}) else None


def test_whatever_happens_the_file_tells_it(tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "draw.db"
    file.write_bytes(sqlite_template.read_bytes())
    Drawing.url = f"sqlite+aiosqlite:///{file}"
    run_state_machine_as_test(
        Drawing,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )


async def drawn(world: World, entrants: int = 6) -> dict[str, Any]:
    await world.open()
    for user in range(1, entrants + 1):
        await draws.enter(await world.person(user), ITEM)
    await world.pass_(hours=10)
    await world.pass_(hours=1)
    return await world.file()


async def test_prizes_go_on_to_the_next_and_codes_to_whom_they_are_due(database_url: str) -> None:
    world = World(database_url)
    file = await drawn(world)
    assert [a["unit"] for a in file["awards"]] == [0, 1, 2]
    people = [await world.person(user) for user in range(1, 7)]
    shown = {(await draws.shown(p, ITEM)).ticket: p for p in people}  # type: ignore[union-attr]
    first, second, third = (shown[a["ticket"]] for a in file["awards"])
    taken = await asyncio.gather(*(world.draws.claim(third, ITEM) for _ in range(4)))
    assert sorted(taken) == [("again", "SAVE-1")] * 3 + [("claimed", "SAVE-1")]
    assert await world.draws.decline(third, ITEM) == ("late", "SAVE-1")
    assert await world.draws.decline(first, ITEM) == ("declined", None)
    assert await world.draws.claim(first, ITEM) == ("late", None)
    await world.pass_(hours=24)
    assert await world.draws.claim(second, ITEM) == ("late", None)
    file = await world.file()
    assert [a["outcome"] for a in file["awards"]] == [
        "declined",
        "expired",
        "claimed",
        "expired",
    ] + ["open"] * 2
    assert fair_draw.verify(file) == []
    fifth = shown[file["awards"][4]["ticket"]]
    assert await world.draws.claim(fifth, ITEM) == ("claimed", None)
    nobody = await world.person(77)
    assert await world.draws.claim(nobody, ITEM) == ("none", None)
    await world.database.close()


async def test_who_may_enter_and_when(database_url: str) -> None:
    world = World(database_url)
    await world.open(cities=["上海"])
    ann, bob = await world.person(1), await world.person(2)
    assert (await draws.enter(ann, ITEM))[0] == "city"
    await ann.change(city="上海")
    outcome, ticket = await draws.enter(ann, ITEM)
    assert outcome == "entered"
    assert await draws.enter(ann, ITEM) == ("already", ticket)
    async with world.database.write() as session:
        with pytest.raises(draws.NoDraw, match="other terms"):
            await draws.open_draw(session, ITEM, DrawRow(**TERMS), NOW)  # type: ignore[arg-type]
    # Whoever goes before the list is frozen is not in it; afterwards their ticket is nobody's.
    await bob.change(city="上海")
    await draws.enter(bob, ITEM)
    async with world.database.write() as session:
        await rights.erase(session, bob.id)
    await world.pass_(hours=10)
    assert (await world.file())["tickets"] == [ticket]
    assert (await draws.enter(ann, ITEM))[0] == "closed"
    async with world.database.write() as session:
        await rights.erase(session, ann.id)
    await world.pass_(hours=1)
    file = await world.file()
    assert [a["ticket"] for a in file["awards"]] == [ticket]
    assert fair_draw.verify(file) == []
    await world.database.close()


async def test_who_entered_before_there_were_rules_is_asked_to_accept_them(
    database_url: str,
) -> None:
    """As an older build left it: bookings of a draw that has no terms."""
    world = World(database_url)
    ann, bob, cid = [await world.person(user) for user in (1, 2, 3)]
    await world.offer()
    async with world.database.write() as session:
        for person in (ann, bob, cid):
            assert await bookings.book(session, person.id, ITEM, NOW) == "booked"
    await world.open()
    shown = await draws.shown(ann, ITEM)
    assert shown is not None
    assert (shown.entries, shown.ticket) == (0, None)
    async with world.database.read() as session:
        assert not await bookings.open_items(session, ann.id)
    # Who found out meanwhile isn't told.
    assert (await draws.enter(cid, ITEM))[0] == "entered"
    await world.pass_()
    await world.open()  # the same file once more
    await world.pass_(minutes=1)
    told = [(to, what.item.id) for to, what in world.heard.sent if isinstance(what, RulesOut)]
    assert sorted(told) == [(1, ITEM), (2, ITEM)]
    outcome, ticket = await draws.enter(ann, ITEM)
    assert outcome == "entered"
    await world.pass_(hours=10)
    assert ticket in (await world.file())["tickets"]
    assert len((await world.file())["tickets"]) == 2
    await world.database.close()


def test_each_ticket_is_as_likely_at_each_place() -> None:
    """Chi-square over 6,000 draws of 7 tickets; the seeds are fixed."""
    tickets = [f"{n:032x}" for n in range(7)]
    listed, runs = fair_draw.hash_of_list(tickets), 6000
    places = [Counter[str]() for _ in range(3)]
    for n in range(runs):
        drawn = fair_draw.order(f"{n:064x}", "terms", listed, tickets)
        for place, ticket in zip(places, drawn, strict=False):
            place[ticket] += 1
    for place in places:
        squares = sum((place[t] - runs / 7) ** 2 / (runs / 7) for t in tickets)
        assert squares < 22.46, "chi-square with 6 degrees of freedom, p = .001"
    whole = list(fair_draw.order("00" * 32, "terms", listed, tickets))
    assert sorted(whole) == tickets


HOSTILE: list[Any] = [
    None,
    [],
    "x",
    {},
    {"format": fair_draw.FORMAT},
    dict.fromkeys((*fair_draw.FIELDS, "digest")) | {"format": fair_draw.FORMAT},
    {name: [] for name in (*fair_draw.FIELDS, "digest")}
    | {"format": fair_draw.FORMAT, "state": "drawn"},
]


@pytest.mark.parametrize("file", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_given_is_judged(file: Any) -> None:
    assert fair_draw.verify(file)


async def test_too_many_prizes_end_no_process() -> None:
    with pytest.raises(ValueError, match="too many"):
        fair_draw.units([{"count": 10**15}])


async def one_drawn(url: str) -> dict[str, Any]:
    world = World(url)
    file = await drawn(world)
    await world.database.close()
    return file


def test_the_command_line_and_the_bare_file(
    tmp_path: Path, sqlite_template: Path, run: Run
) -> None:
    (tmp_path / "chezhi.db").write_bytes(sqlite_template.read_bytes())
    file = asyncio.run(one_drawn(f"sqlite+aiosqlite:///{tmp_path}/chezhi.db"))
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    ticket = file["awards"][1]["ticket"]

    def verified(*more: str) -> tuple[int, dict[str, Any]]:
        told = run("draw", "verify", path, "--json", *more)
        return told.exit_code, json.loads(told.stdout)

    code, told = verified("--ticket", ticket, "--commitment", file["commitment"])
    assert (code, told["valid"], told["rank"], told["in_list"]) == (0, True, 2, True)
    assert verified("--list-hash", "0" * 64)[0] == 1
    bare = [sys.executable, "-I", "-S", str(fair_draw.__file__), str(path)]
    assert subprocess.run(bare, capture_output=True, text=True, check=True).stdout.strip() == (
        "All holds."
    )
    file["awards"][0]["ticket"] = file["awards"][1]["ticket"]
    path.write_text(json.dumps(file), encoding="utf-8")
    code, told = verified()
    assert code == 1
    assert any("award 1" in fault for fault in told["faults"])
    assert subprocess.run(bare, capture_output=True, check=False).returncode == 1
    path.write_text("{", encoding="utf-8")
    assert run("draw", "verify", path).exit_code == 2


def test_a_draw_is_opened_listed_and_published(run: Run, tmp_path: Path) -> None:
    item = {name: {"zh": "抽", "en": "Draw"} for name in ("title", "summary", "description")}
    item |= {"id": ITEM, "type": "draw", "starts_in_days": 2}
    source = tmp_path / "items.yaml"
    source.write_text(json.dumps([item]), encoding="utf-8")
    assert run("catalog", "import", source).exit_code == 0
    terms = tmp_path / "terms.yaml"
    for bad in ("- x", "rules: {zh: a, en: b}\nprizes: []", "\tx: ["):
        terms.write_text(bad, encoding="utf-8")
        assert run("draw", "create", ITEM, terms).exit_code == 1
    terms.write_text(json.dumps(TERMS), encoding="utf-8")
    assert "no item of type draw" in run("draw", "create", "nothing", terms).stderr
    opened = json.loads(run("draw", "create", ITEM, terms, "--json").stdout)
    assert opened["created"]
    assert json.loads(run("draw", "create", ITEM, terms, "--json").stdout)["created"] is False
    (listed,) = (json.loads(line) for line in run("draw", "list", "--json").stdout.splitlines())
    assert (listed["state"], listed["prizes"], listed["entries"]) == ("open", 3, 0)
    published = json.loads(run("draw", "publish", ITEM).stdout)
    assert published["commitment"] == opened["commitment"]
    assert "SAVE-1" not in json.dumps(published)
    assert fair_draw.verify(published) == []
    # What is exported is taken again, and keeps the draw; other terms are refused.
    out = tmp_path / "out.yaml"
    assert run("catalog", "export", "--out", out).exit_code == 0
    assert run("catalog", "import", out).exit_code == 0
    source.write_text(json.dumps([item | {"draw": TERMS | {"claim_hours": 5}}]), encoding="utf-8")
    assert "other terms" in run("catalog", "import", source).stderr
    source.write_text(json.dumps([item | {"type": "game", "draw": TERMS}]), encoding="utf-8")
    assert "only an item of type draw" in run("catalog", "import", source).stderr
    assert datetime.fromisoformat(published["terms"]["opened_at"]).tzinfo
