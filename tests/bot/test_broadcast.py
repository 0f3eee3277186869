"""/broadcast from the plan to the last progress message, and what Telegram's faults do to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import delete, select, update
from typer.testing import Result

from bot.callbacks import Campaign as Data
from bot.callbacks import Draft
from campaigns.settling import MOST_TRIES
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from services.clock import utc_now
from storage.models import Campaign, Item, Recipient, Signal, User
from storage.repositories import bookings, recipients, rights, users
from tests.bot.acts import button_data, button_texts, tap
from tests.bot.command_line import Run
from tests.bot.processes import called, to
from tests.bot.staff import SLOW, Staffed, invites, staffed
from wording.texts import Texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEM = "冬季"


EVERY_S = 1.0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def staff(
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Staffed]:
    folder = tmp_path_factory.mktemp("broadcast")
    with pytest.MonkeyPatch.context() as patch:
        # Each of the tests waits for what came of its broadcast.
        patch.setattr("campaigns.broadcast.PROGRESS_EVERY_S", EVERY_S)
        async with staffed(folder, prepared, encoder, reader, messages_per_second=50) as found:
            yield found


@pytest.fixture(autouse=True)
def _settled(staff: Staffed) -> None:
    staff.admin.seen.clear()


async def statuses(staff: Staffed, user_ids: list[int]) -> dict[int, str]:
    async with staff.database.read() as session:
        query = select(Recipient).where(Recipient.user_id.in_(user_ids))
        rows = (await session.scalars(query)).all()
    assert len(rows) == len({row.user_id for row in rows}), "a user of two campaigns"
    return {row.user_id: row.status for row in rows}


async def edits_of(staff: Staffed, message: Any, since: int) -> list[float]:
    calls = await staff.client.log(since, "editMessageText")
    return [c["at"] for c in calls if str(c["params"]["message_id"]) == str(message["message_id"])]


async def test_the_preview_is_what_is_sent_and_reaches_each_once(staff: Staffed) -> None:
    people = await staff.audience("西安", 6)
    gone, out, blocked, silent = people[2:]
    await blocked.block()
    async with staff.database.write() as session:
        await rights.erase(session, gone.id)
        await users.change(session, out.id, invites=False)
        await users.change(session, silent.id, personalisation=None)
        await users.change(session, staff.admin.id, telegram_language="en")
    start = len(await staff.client.log())
    mark = staff.admin.now
    preview, ready = await staff.plan(ITEM, "西安")
    assert (await staff.admin.wait_text("预览", SLOW, mark))["text"].count("3 人") == 1
    assert "3 人" in ready["text"]
    assert all(not invites(person) for person in people), "nothing is sent before the confirmation"
    await staff.admin.click_text(ready, "3 人")
    told = await staff.progress("已完成", mark)
    assert "3 / 3" in told
    assert "已送达 2 · 已拉黑 1 · 失败 0 · 未知 0 · 跳过 0" in told
    for person in people[:2]:
        await person.wait_text("You get this", SLOW)
        (invite,) = invites(person)
        data = [
            b["callback_data"] for row in invite["reply_markup"]["inline_keyboard"] for b in row
        ]
        assert data == [
            b["callback_data"] for row in preview["reply_markup"]["inline_keyboard"] for b in row
        ]
    assert not any(invites(person) for person in (gone, out, blocked, silent))
    async with staff.database.read() as session:
        assert (await session.get_one(User, blocked.id)).blocked_at is not None
        query = select(Signal).where(Signal.verb == "invited")
        noted = {s.user_id for s in await session.scalars(query)}
    assert {people[0].id, people[1].id} <= noted
    assert not noted & {gone.id, out.id, blocked.id, silent.id}
    times = await edits_of(staff, ready, start)
    assert len(times) >= 2
    assert all(later - sooner >= EVERY_S - 0.1 for sooner, later in pairwise(times))


async def test_an_invite_in_the_admins_language_is_the_preview_to_the_letter(
    staff: Staffed,
) -> None:
    (person,) = await staff.audience("南京", 1)
    async with staff.database.write() as session:
        await users.change(session, person.id, language="zh")
    mark = staff.admin.now
    preview, ready = await staff.plan(ITEM, "南京")
    await staff.admin.click_text(ready, "1 人")
    invite = await person.wait_text("你收到此消息", SLOW)
    for field in ("text", "entities", "reply_markup"):
        assert invite[field] == preview[field]
    await staff.progress("已完成", mark)


async def test_the_second_tap_on_send_sends_nothing(staff: Staffed) -> None:
    (person,) = await staff.audience("苏州", 1)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "苏州")
    data = ready["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    first, second = (
        await staff.admin.click(ready, data),
        await staff.admin.click(ready, data),
    )
    toast = await staff.admin.toast(second, SLOW)
    assert toast["text"] == "已经发送过了。"
    await staff.admin.toast(first, SLOW)
    await staff.progress("已完成", mark)
    assert len(invites(person)) == 1


async def test_a_draft_of_before_that_names_nobody_is_refused(staff: Staffed) -> None:
    """Older builds looked for people only as they sent."""
    (person,) = await staff.audience("佛山", 1)
    _, ready = await staff.plan(ITEM, "佛山")
    async with staff.database.write() as session:
        await session.execute(delete(Recipient).where(Recipient.user_id == person.id))
    data = ready["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert "请重新开始：/broadcast" in await tap(staff.admin, ready, data)
    async with staff.database.read() as session:
        campaign = await session.get_one(Campaign, Data.unpack(data).campaign)
        assert (campaign.status, campaign.launched_at) == ("draft", None)


async def test_a_draft_can_be_dropped_and_an_empty_segment_is_told(staff: Staffed) -> None:
    (person,) = await staff.audience("大连", 1)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "大连")
    await staff.admin.click_text(ready, "取消")
    assert "没有发给任何人" in await staff.progress("已放弃", mark)
    async with staff.database.write() as session:
        await users.change(session, person.id, invites=False)
    mark = staff.admin.now
    await staff.admin.send("/broadcast")
    choice = await staff.admin.wait_text("新的群发", SLOW, mark)
    await staff.admin.click_text(choice, ITEM)
    await staff.admin.click_text(await staff.admin.wait_text("邀请谁", SLOW, mark), "大连")
    assert await staff.admin.wait_text("没有可以邀请的人", SLOW, mark)
    assert not invites(person)


async def test_items_are_paged_and_topics_that_are_not_ours_are_no_segment(staff: Staffed) -> None:
    async with staff.database.write() as session:
        topics = {"topics": ["vintage", "winter"]}
        await session.execute(update(Item).where(Item.id == "live-winter-range").values(**topics))
    admin, mark = staff.admin, staff.admin.now
    await admin.send("/broadcast")
    first = await admin.wait_text("第 1 / 5 页", SLOW, mark)
    assert len(button_texts(first)) == 9
    await admin.click_text(first, "下一页")
    second = await admin.wait_text("第 2 / 5 页", SLOW, mark)
    assert not set(button_data(second)[:8]) & set(button_data(first)[:8])
    mark = admin.now
    await admin.click_text(second, "上一页")
    first = await admin.wait_text("第 1 / 5 页", SLOW, mark)
    await tap(admin, first, "d:live-winter-range::")
    chosen = await admin.wait_text("邀请谁？", SLOW, mark)
    assert [t for t in button_texts(chosen) if "兴趣" in t] == ["兴趣：冬季用车"]


async def test_faults_of_telegram(staff: Staffed) -> None:
    limited, broken, lost, cut, gone, fine = people = await staff.audience("天津", 6)
    fault = staff.client.fault
    await fault("429", method="sendMessage", chat_id=limited.id, times=1, retry_after=2)
    await fault("502", method="sendMessage", chat_id=broken.id, times=1)
    await fault("drop_after", method="sendMessage", chat_id=lost.id, times=1)
    await fault("drop", method="sendMessage", chat_id=cut.id, times=1)
    await fault("no_peer", method="sendMessage", chat_id=gone.id)
    start, mark = len(await staff.client.log()), staff.admin.now
    _, ready = await staff.plan(ITEM, "天津")
    await staff.admin.click_text(ready, "6 人")
    told = await staff.progress("已完成", mark)
    assert "已送达 2 · 已拉黑 1 · 失败 0 · 未知 3" in told
    assert await statuses(staff, [p.id for p in people]) == {
        limited.id: "sent",
        broken.id: "unknown",
        lost.id: "unknown",
        cut.id: "unknown",
        gone.id: "blocked",
        fine.id: "sent",
    }
    calls = [c for c in await staff.client.log(start, "sendMessage")]
    by_chat = {p.id: [c for c in calls if int(c["params"]["chat_id"]) == p.id] for p in people}
    refused, again = by_chat.pop(limited.id)
    assert refused["status"] == 429
    assert again["at"] - refused["at"] >= 2
    assert [len(sent) for sent in by_chat.values()] == [1, 1, 1, 1, 1], (
        "what is unknown is not resent"
    )
    await lost.wait_text("You get this", SLOW)
    assert [len(invites(p)) for p in people] == [1, 0, 1, 0, 0, 1]


async def test_a_failure_that_telegram_tells_of_is_tried_again_by_itself(
    staff: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.sending.FIRST_PAUSE_S", 0.01)
    shaky, dead, fine = await staff.audience("宁波", 3)
    await staff.client.fault("500", method="sendMessage", chat_id=shaky.id, times=3)
    await staff.client.fault("500", method="sendMessage", chat_id=dead.id)
    start, mark = len(await staff.client.log()), staff.admin.now
    _, ready = await staff.plan(ITEM, "宁波")
    await staff.admin.click_text(ready, "3 人")
    told = await staff.progress("已完成", mark)
    await staff.client.clear_faults()
    assert "已送达 2 · 已拉黑 0 · 失败 1 · 未知 0" in told
    found = await statuses(staff, [p.id for p in (shaky, dead, fine)])
    assert found == {shaky.id: "sent", dead.id: "failed", fine.id: "sent"}
    calls = await staff.client.log(start, "sendMessage")
    tried = [int(c["params"]["chat_id"]) for c in calls if "invite:" in str(c["params"])]
    assert [tried.count(p.id) for p in (shaky, dead, fine)] == [4, MOST_TRIES, 1]
    assert [len(invites(p)) for p in (shaky, dead, fine)] == [1, 0, 1]


async def test_those_in_doubt_are_listed_and_sent_to_again_once_by_who_knows_that(
    staff: Staffed, run: Run
) -> None:
    """One got it and taps it, one got it and doesn't, two didn't, of whom one opts out."""
    people = await staff.audience("合肥", 5)
    tapped, silent, cut, out, _ = people
    for person, kind in (
        (tapped, "drop_after"),
        (silent, "drop_after"),
        (cut, "drop"),
        (out, "gateway"),
    ):
        await staff.client.fault(kind, method="sendMessage", chat_id=person.id, times=1)
    admin, mark = staff.admin, staff.admin.now
    _, ready = await staff.plan(ITEM, "合肥")
    await admin.click_text(ready, "5 人")
    assert "未知 4" in await staff.progress("已完成", mark)
    invite = await tapped.wait_text("You get this", SLOW)
    await tap(tapped, invite, button_data(invite)[0])
    async with staff.database.write() as session:
        await users.change(session, out.id, invites=False)

    mark = admin.now
    await admin.send("/campaigns")
    await admin.click_text(await admin.wait_text("不确定 3", SLOW, mark), "冬季")
    shown = await admin.wait_text("已送达 2", SLOW, mark)
    await admin.click_text(shown, "不确定是否送达：3 人")
    listed = await admin.wait_text("可能已收到", SLOW, mark)
    for person in people:
        assert (str(person.id) in listed["text"]) == (person in (silent, cut, out))
    folder = staff.brain.settings.data_dir
    row = one_of(await asyncio.to_thread(run, "campaigns", "--json", "--data-dir", folder))
    assert row["recipients"] == {"sent": 2, "unknown": 3}
    in_doubt = await asyncio.to_thread(
        run, "campaigns", "--doubtful", row["id"], "--json", "--data-dir", folder
    )
    found = [json.loads(line)["user"] for line in in_doubt.stdout.splitlines()]
    assert found == sorted(p.id for p in (silent, cut, out))

    start = len(await staff.client.log())
    asked = []
    for _ in range(2):
        at = admin.now
        await admin.click_text(shown, "不确定是否送达：3 人")
        await admin.click_text(await admin.wait_text("可能已收到", SLOW, at), "再发给他们")
        asked.append(await admin.wait_text("会收到第二次", SLOW, at))
    assert not [p for p in people if len(invites(p)) > 1]
    await admin.click_text(asked[0], "再发给 3 人")
    await admin.wait_text("已为 3 人重新排队", SLOW, mark)
    for person in (silent, cut):
        await called(staff.client, start, to("sendMessage", person.id))
    again = await admin.wait_text("未知 0 · 跳过 1", SLOW, mark)
    assert "已送达 4" in again["text"]
    assert [len(invites(p)) for p in people] == [1, 2, 1, 0, 1]
    assert "已经处理过" in await tap(admin, asked[1], button_data(asked[1])[0])
    mark = staff.editor.now
    await staff.editor.send("/campaigns")
    await staff.editor.wait_text("不认识这个命令", SLOW, mark)


def one_of(result: Result) -> Any:
    """The newest broadcast."""
    return json.loads(result.stdout.splitlines()[0])


async def test_pause_and_resume(staff: Staffed) -> None:
    people = await staff.audience("青岛", 12)
    held = people[0].id
    await staff.client.fault("429", method="sendMessage", chat_id=held, times=1, retry_after=2)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "青岛")
    await staff.admin.click_text(ready, "12 人")
    running = await staff.admin.wait_text("发送中", SLOW, mark)
    query = await staff.admin.click_text(running, "暂停")
    toast = await staff.admin.toast(query, SLOW)
    assert toast["text"] == "已暂停"
    paused = await staff.admin.wait_text("已暂停", SLOW, mark)
    assert "已送达 12" not in paused["text"]
    assert not invites(people[0])
    await staff.admin.click_text(paused, "继续")
    assert "已送达 12" in await staff.progress("已完成", mark)
    assert [len(invites(p)) for p in people] == [1] * 12


async def test_a_large_audience_is_counted_beforehand_and_looked_through_when_it_is_sent(
    staff: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.routers.broadcast.FEW", 0)
    monkeypatch.setattr(recipients, "SLICE", 2)
    staff.brain.tallies._kept.clear()
    people = await staff.audience("长春", 5)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "长春")
    await staff.admin.wait_text("人数统计于", SLOW, mark)
    owner = people[0].id  # takes the item between the preview and the sending
    async with staff.database.write() as session:
        assert await bookings.book(session, owner, "live-winter-range", utc_now()) == "booked"
    await staff.admin.click_text(ready, "5 人")
    await staff.progress("已送达 4", mark)
    assert [len(invites(person)) for person in people] == [0, 1, 1, 1, 1]


async def test_stop_is_the_end(staff: Staffed) -> None:
    first, _ = await staff.audience("厦门", 2)
    await staff.client.fault("429", method="sendMessage", chat_id=first.id, retry_after=2)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "厦门")
    await staff.admin.click_text(ready, "2 人")
    running = await staff.admin.wait_text("发送中", SLOW, mark)
    await staff.admin.click_text(running, "停止")
    ended = await staff.admin.wait_text("已取消", SLOW, mark)
    await staff.client.clear_faults()
    assert not ended.get("reply_markup", {}).get("inline_keyboard")
    assert not invites(first)
    assert (await statuses(staff, [first.id])) == {first.id: "pending"}


async def test_the_persons_side_of_an_invite(staff: Staffed) -> None:
    (person,) = await staff.audience("长沙", 1)
    mark = staff.admin.now
    preview, ready = await staff.plan(ITEM, "长沙")
    await staff.admin.click_text(preview, "看看")
    await staff.admin.click_text(ready, "1 人")
    invite = await person.wait_text("You get this", SLOW)
    await staff.progress("已完成", mark)
    query = await staff.admin.click_text(preview, "不再接收")
    assert "预览" in (await staff.admin.toast(query, SLOW))["text"]
    async with staff.database.read() as session:
        assert (await session.get_one(User, staff.admin.id)).invites, "the preview unsubscribes"
    at = person.now
    await person.click_text(invite, "Show me")
    await person.wait_for(lambda e: e.name == "message", SLOW, at)
    query = await person.click_text(invite, "No more invites")
    assert (await person.toast(query, SLOW))["show_alert"]
    async with staff.database.read() as session:
        assert not (await session.get_one(User, person.id)).invites
        query = select(Signal).where(Signal.campaign_id.is_not(None), Signal.user_id == person.id)
        verbs = sorted(s.verb for s in await session.scalars(query))
        by_admin = select(Signal).where(
            Signal.user_id == staff.admin.id, Signal.verb == "invite_opened"
        )
        assert not (await session.scalars(by_admin)).all(), "the preview is no invite"
    assert verbs == ["invite_opened", "invited", "opted_out", "viewed"]


async def test_others_are_refused(staff: Staffed) -> None:
    (person,) = await staff.audience("昆明", 1)
    mark = staff.editor.now
    await staff.editor.send("/broadcast")
    await staff.editor.wait_text("不认识这个命令", SLOW, mark)
    await person.send("/broadcast")
    await person.wait_text("don't know this command", SLOW)


async def test_who_agrees_after_the_preview_is_not_written_to(staff: Staffed) -> None:
    early, late = await staff.audience("贵阳", 2)
    async with staff.database.write() as session:
        await users.change(session, late.id, personalisation=None)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "贵阳")
    async with staff.database.write() as session:
        await users.change(session, late.id, personalisation=True)
    await staff.admin.click_text(ready, "1 人")
    assert "1 / 1" in await staff.progress("已完成", mark)
    await early.wait_text("You get this", SLOW)
    assert not invites(late)
    # The same invite goes to those only whom it hasn't reached.
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "贵阳")
    await staff.admin.click_text(ready, "1 人")
    await staff.progress("已完成", mark)
    await late.wait_text("You get this", SLOW)
    assert [len(invites(person)) for person in (early, late)] == [1, 1]


async def test_what_cant_be_had_any_more_is_not_broadcast(staff: Staffed) -> None:
    people = await staff.audience("兰州", 2)
    mark = staff.admin.now
    _, ready = await staff.plan(ITEM, "兰州")
    item = await full(staff, ready)
    try:
        query = await staff.admin.click_text(ready, "2 人")
        assert "满员" in (await staff.admin.toast(query, SLOW))["text"]
        mark = staff.admin.now
        await staff.admin.send("/broadcast")
        choice = await staff.admin.wait_text("新的群发", SLOW, mark)
        assert Draft(item=item).pack() not in str(choice["reply_markup"])
    finally:
        async with staff.database.write() as session:
            await session.execute(update(Item).where(Item.id == item).values(seats_taken=0))
    assert not any(invites(person) for person in people)


async def test_each_reads_the_time_by_their_own_clock(staff: Staffed) -> None:
    """Though all who read the same get one that was drawn once."""
    people = await staff.audience("无锡", 4)
    async with staff.database.write() as session:
        for person in people[:2]:
            await users.change(session, person.id, zone="America/New_York")
        starts_at = (await session.get_one(Item, "live-winter-range")).starts_at
    assert starts_at is not None
    mark = staff.admin.now
    _, ready = await staff.plan("冬季续航问答夜", "无锡")
    await staff.admin.click_text(ready, "4 人")
    await staff.progress("已完成", mark)
    here, there = Texts("en").when(starts_at), Texts("en", ZoneInfo("America/New_York"))
    for number, person in enumerate(people):
        text = (await person.wait_text("You get this", SLOW))["text"]
        assert (there.when(starts_at) in text) == (number < 2)
        assert (here in text) == (number >= 2)


async def full(staff: Staffed, ready: Any) -> str:
    """Takes the last seat of the item that a campaign is about."""
    data = ready["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    async with staff.database.write() as session:
        campaign = await session.get_one(Campaign, Data.unpack(data).campaign)
        item = await session.get_one(Item, campaign.item_id)
        item.seats_taken = item.capacity or 0
    return item.id
