"""What staff may do is nothing that others could tell from a command that isn't there, and nothing
that a made-up button gets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from bot.callbacks import (
    Approval,
    Doubtful,
    Draft,
    DraftItems,
    Gap,
    Help,
    Invite,
    Planned,
    Publish,
)
from bot.callbacks import Campaign as Broadcast
from bot.callbacks import Document as DocumentTap
from bot.commands import ADMIN, DEALER, EDITOR, MARKETER
from playground.client import Person
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from services.permissions import NEEDS, RIGHTS, may
from storage.models import AuditEntry, Campaign, User
from tests.bot.campaign_world import Team, forged, say, team, toast, written
from tests.bot.staff import SLOW, staffed

pytestmark = pytest.mark.asyncio(loop_scope="module")
HIDDEN = {*ADMIN, *MARKETER, *EDITOR, *DEALER, "role", "refund", "reply", "noshow"}
# Every kind of staff's buttons, each with each of its acts, of campaign 1.
STEPS = (
    *("home", "list", "show", "items", "item", "find", "field", "set", "audience", "whom"),
    *("rules", "likeliest", "wordings", "wording", "text", "photo", "no-photo", "drop"),
    *("check", "preview", "test", "submit", "send", "reopen", "discard", "report"),
)
OF_ADMINS = (
    *(Approval(act=act, campaign=1, seen="0") for act in ("approve", "refuse", "without", "back")),
    *(
        Broadcast(act=act, campaign=1)
        for act in ("drop", "send", "pause", "resume", "stop", "show")
    ),
    *(Doubtful(act=act, campaign=1) for act in ("list", "turn", "ask", "send")),
    Draft(item="live-winter-range"),
    Draft(item="live-winter-range", kind="all"),
    DraftItems(page=1),
    Planned(act="send", campaign=1, to="0"),
)
OF_EDITORS = (
    *(DocumentTap(act=act, key="0") for act in ("list", "open", "file", "remove", "undo")),
    *(Gap(act=act) for act in ("page", "answer")),
    Publish(version="1"),
    Help(act="add", request=1),
)
OF_MARKETERS = tuple(
    Planned(act=act, campaign=1, what="name", to="sure") for act in STEPS if act != "send"
)
STALE = "This button no longer works. /help shows what I can do."


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Team]:
    """With a draft of the marketer's, whose number is 1."""
    async with staffed(tmp_path_factory.mktemp("rights"), prepared, encoder, reader) as staff:
        desk = await team(staff)
        await staff.audience("西安", 1)
        await written(desk.writer, "西安")
        assert (await desk.campaign()).id == 1
        yield desk


async def guest(desk: Team) -> Person:
    person = await desk.staff.client.persona(first_name="Guest", language_code="en")
    await person.start()
    await person.wait_text("your choice", SLOW)
    return person


async def state(desk: Team) -> tuple[object, ...]:
    async with desk.staff.database.read() as session:
        row = await session.get_one(Campaign, 1)
        acts = await session.scalar(select(func.count()).select_from(AuditEntry))
        made = await session.scalar(select(func.count()).select_from(Campaign))
    return {k: v for k, v in vars(row).items() if not k.startswith("_")}, acts, made


async def test_commands_of_staff_are_unknown_ones_to_others(desk: Team) -> None:
    person = await guest(desk)
    nothing = (await say(person, "/nonsense 1", "know this command"))["text"]
    for name in sorted(HIDDEN):
        for said in (f"/{name}", f"/{name} 1 admin"):
            assert (await say(person, said, ""))["text"] == nothing, said
    helped = (await say(person, "/help", "/recommend"))["text"]
    assert not [name for name in HIDDEN - {"leads"} if f"/{name}" in helped]


async def test_made_up_buttons_do_nothing_for_others(desk: Team) -> None:
    before, person = await state(desk), await guest(desk)
    uninvited = Invite(act="open", campaign=1)
    for tap in (*OF_ADMINS, *OF_EDITORS, *OF_MARKETERS, uninvited):
        data = tap.pack()
        assert await toast(person, await forged(desk, person, data), data) == STALE, data
    assert await state(desk) == before


async def test_a_marketer_gets_nothing_that_needs_an_admin(desk: Team) -> None:
    before = await state(desk)
    for tap in (*OF_ADMINS, *OF_EDITORS):
        data = tap.pack()
        told = await toast(desk.writer, await forged(desk, desk.writer, data), data)
        assert told == "这个按钮已失效。/help 里有我会做的事。", data
    assert await state(desk) == before


async def test_a_marketer_sees_only_their_own(desk: Team) -> None:
    other = await guest(desk)
    await desk.first.send(f"/role {other.id} marketer")
    await desk.first.wait_text("marketer", SLOW)
    before = await state(desk)
    for tap in OF_MARKETERS:
        if tap.act in ("home", "list", "items", "find", "rules", "likeliest"):
            continue
        data = tap.pack()
        await toast(other, await forged(desk, other, data), data)
    after = await state(desk)
    assert (after[0], after[2]) == (before[0], before[2])


async def test_deep_links_gain_nothing(desk: Team) -> None:
    before, person = await state(desk), await guest(desk)
    for payload in ("campaign", "campaign_1", "cp_show_1", "camp_send_1", "ok_approve_1"):
        await person.start(payload)
    await say(person, "/help", "/recommend")
    assert await state(desk) == before


async def test_what_stands_in_no_table_is_denied() -> None:
    for role in ("user", "dealer", "nobody", ""):
        assert not any(may(User(id=1, role=role), use) for use in NEEDS)
    for role in RIGHTS:
        assert not may(User(id=1, role=role), "no-such-use")
    marketer = User(id=1, role="marketer")
    assert may(marketer, "create")
    assert not any(may(marketer, use) for use in ("approve", "send", "pause", "audit", "role"))
