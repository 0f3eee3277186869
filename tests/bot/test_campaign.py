"""/campaign by HTTP: from the item to the invite, with a second person in between."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.approval_cards import SEEN
from campaigns.approval import digest
from playground.plain import Json
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from storage.models import Campaign, Item
from storage.repositories import campaigns
from tests.bot.acts import change_item
from tests.bot.campaign_world import ITEM, Team, data_of, forged, press, say, team, toast, written
from tests.bot.staff import SLOW, invites, staffed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Team]:
    folder = tmp_path_factory.mktemp("campaign")
    options = {"messages_per_second": 50, "quiet_hours": ""}
    async with staffed(folder, prepared, encoder, reader, **options) as staff:
        yield await team(staff)


async def test_the_whole_way(desk: Team) -> None:
    people = await desk.staff.audience("西安", 3)
    card = await written(desk.writer, "西安")
    assert "西安" in card["text"]
    assert "A (ZH)" in card["text"]
    campaign = await desk.campaign()
    marks = {person.id: person.now for person in (desk.first, desk.second)}
    submitted = await press(desk.writer, card, "提交审批", "待审批")
    assert "批准" not in str(submitted["reply_markup"]), "the writer can't approve"
    asked = await desk.second.wait_text("请审批", SLOW, marks[desk.second.id])
    assert "Wen" in asked["text"]
    await desk.first.wait_text("来开一圈", SLOW, marks[desk.first.id])
    asked = await desk.second.wait_text("来开一圈", SLOW, marks[desk.second.id])
    mark = desk.writer.now
    done = await press(desk.second, asked, "✅ 批准", "你已批准")
    await desk.writer.wait_text("已批准", SLOW, mark)
    assert not any(invites(person) for person in people)
    ready = await press(desk.second, done, "打开活动", "已批准")
    await press(desk.second, ready, "现在发送", "已完成")
    for person in people:
        await person.wait_text("You get this", SLOW)
    acts = await desk.acts(campaign.id)
    assert [entry.act for entry in acts] == [
        *("created", "edited", "edited", "submitted", "approved", "launched"),
    ]
    assert [entry.actor_id for entry in acts[-2:]] == [desk.second.id] * 2
    assert acts[-2].detail["alone"] is False


async def approved(desk: Team, city: str) -> tuple[Campaign, Json]:
    """A campaign that the second admin approved, and that admin's card of it."""
    card = await written(desk.writer, city)
    mark = desk.second.now
    await press(desk.writer, card, "提交审批", "待审批")
    asked = await desk.second.wait_text("来开一圈", SLOW, mark)
    done = await press(desk.second, asked, "✅ 批准", "你已批准")
    return await desk.campaign(), await press(desk.second, done, "打开活动", "已批准")


async def test_of_two_who_decide_at_once_one_does(desk: Team) -> None:
    await desk.staff.audience("大连", 1)
    card = await written(desk.writer, "大连")
    marks = {person.id: person.now for person in (desk.first, desk.second)}
    await press(desk.writer, card, "提交审批", "待审批")
    asked = {
        person: await person.wait_text("来开一圈", SLOW, marks[person.id])
        for person in (desk.first, desk.second)
    }
    told = await asyncio.gather(
        *(toast(person, message, data_of(message, "✅")) for person, message in asked.items())
    )
    assert sorted(told) == ["", "已经有人处理过了。"]
    campaign = await desk.campaign()
    acts = [entry.act for entry in await desk.acts(campaign.id)]
    assert acts.count("approved") == 1
    for person, message in asked.items():
        replayed = data_of(message, "✅")
        assert "已经有人" in await toast(person, await forged(desk, person, replayed), replayed)
    assert [entry.act for entry in await desk.acts(campaign.id)] == acts


async def test_send_is_done_once_however_often_it_is_pressed(desk: Team) -> None:
    (person,) = await desk.staff.audience("厦门", 1)
    campaign, ready = await approved(desk, "厦门")
    data = data_of(ready, "现在发送")
    told = await asyncio.gather(*(toast(desk.second, ready, data) for _ in range(3)))
    assert sorted(told) == ["已经发送过了。", "已经发送过了。", "开始发送。"]
    await person.wait_text("You get this", SLOW)
    await desk.second.wait_text("已完成", SLOW)
    assert len(invites(person)) == 1
    assert [e.act for e in await desk.acts(campaign.id)].count("launched") == 1


async def test_what_changed_since_it_was_read_is_not_approved_and_not_sent(desk: Team) -> None:
    """The writer edits while an admin reads; and the thing itself changes after the approval."""
    await desk.staff.audience("福州", 1)
    card = await written(desk.writer, "福州")
    mark = desk.second.now
    waits = await press(desk.writer, card, "提交审批", "待审批")
    asked = await desk.second.wait_text("来开一圈", SLOW, mark)
    card = await press(desk.writer, waits, "修改", "草稿")
    words = await press(desk.writer, card, "文案", "个）")
    wording = await press(desk.writer, words, "文案 A", "A · ZH")
    await press(desk.writer, wording, "中文", "输入中文文案")
    wording = await say(desk.writer, "换了一句", "换了一句")
    back = await press(desk.writer, wording, "返回", "个）")
    card = await press(desk.writer, back, "返回", "草稿")
    await press(desk.writer, card, "提交审批", "待审批")
    assert "看过之后改了" in await toast(desk.second, asked, data_of(asked, "✅"))
    campaign = await desk.campaign()
    assert campaign.status == "submitted"

    mark = desk.second.now
    again = await say(desk.second, "/campaign", "营销活动")
    listed = await press(desk.second, again, "待审批", "个")
    shown = await press(desk.second, listed, str(campaign.id), "待审批）")
    done = await press(desk.second, shown, "✅ 批准", "你已批准")
    ready = await press(desk.second, done, "打开活动", "已批准")
    await change_item(desk.staff.database, campaign.item_id, price_stars=7)
    assert "批准之后内容变了" in await toast(desk.second, ready, data_of(ready, "现在发送"))
    assert (await desk.campaign()).status == "approved"
    await change_item(desk.staff.database, campaign.item_id, price_stars=0)


async def test_a_refusal_says_why_and_gives_the_draft_back(desk: Team) -> None:
    await desk.staff.audience("昆明", 1)
    card = await written(desk.writer, "昆明")
    marks = desk.second.now, desk.writer.now
    await press(desk.writer, card, "提交审批", "待审批")
    asked = await desk.second.wait_text("来开一圈", SLOW, marks[0])
    await press(desk.second, asked, "❌ 拒绝", "为什么不批准")
    await say(desk.second, "太热闹了", "你已拒绝")
    assert "太热闹了" in (await desk.writer.wait_text("未批准", SLOW, marks[1]))["text"]
    campaign = await desk.campaign()
    assert (campaign.status, campaign.refused_because) == ("draft", "太热闹了")
    assert "太热闹了" not in str([entry.detail for entry in await desk.acts(campaign.id)])


async def test_what_one_refused_the_other_cant_approve_by_an_older_card(desk: Team) -> None:
    await desk.staff.audience("贵阳", 1)
    card = await written(desk.writer, "贵阳")
    marks = {person.id: person.now for person in (desk.first, desk.second)}
    await press(desk.writer, card, "提交审批", "待审批")
    asked, other = [
        await person.wait_text("来开一圈", SLOW, marks[person.id])
        for person in (desk.second, desk.first)
    ]
    await press(desk.second, asked, "❌ 拒绝", "为什么不批准")
    await say(desk.second, "城市写错了", "你已拒绝")
    assert "已经有人" in await toast(desk.first, other, data_of(other, "✅"))
    assert (await desk.campaign()).status == "draft"


async def test_who_is_asked_to_approve_can_look_at_how_many_and_at_the_pictures(
    desk: Team,
) -> None:
    await desk.staff.audience("海口", 3)
    card = await written(desk.writer, "海口", "椰子树下见")
    words = await press(desk.writer, card, "文案", "个）")
    wording = await press(desk.writer, words, "文案 A", "A · ZH")
    await press(desk.writer, wording, "图片", "把图片发给我")
    mark = desk.writer.now
    await desk.writer.upload(picture(), "p.png", kind="photo")
    wording = await desk.writer.wait_text("🖼", SLOW, mark)
    back = await press(desk.writer, wording, "‹ 返回", "个）")
    card = await press(desk.writer, back, "返回", "草稿）")
    mark = desk.second.now
    await press(desk.writer, card, "提交审批", "待审批")
    asked = await desk.second.wait_text("椰子树下见", SLOW, mark)
    mark = desk.second.now
    await press(desk.second, asked, "预览", "3 人，其中约 0 人")
    invite = await desk.second.wait_for(
        lambda event: "椰子树下见" in str((event.data.get("message") or {}).get("caption")),
        SLOW,
        mark,
    )
    assert invite.data["message"].get("photo")
    await press(desk.second, await desk.second.wait_text("待审批", SLOW, mark), "✅", "你已批准")


async def test_an_admin_who_edited_last_leaves_the_approval_to_the_other(desk: Team) -> None:
    await desk.staff.audience("贵阳", 1)
    await written(desk.writer, "贵阳")
    campaign = await desk.campaign()
    home = await say(desk.second, "/campaign", "营销活动")
    listed = await press(desk.second, home, "草稿", "个")
    card = await press(desk.second, listed, str(campaign.id), "草稿）")
    field = await press(desk.second, card, "对照组", "多少比例")
    card = await press(desk.second, field, "10%", "对照组：10%")
    mark = desk.first.now
    waits = await press(desk.second, card, "提交审批", "待审批）")
    assert "✅" not in str(waits["reply_markup"])
    data = await seen_by(desk, f"ok:approve:{campaign.id}:")
    assert "不能自己批准" in await toast(desk.second, await forged(desk, desk.second, data), data)
    asked = await desk.first.wait_text("来开一圈", SLOW, mark)
    await press(desk.first, asked, "✅ 批准", "你已批准")
    (entry,) = [e for e in await desk.acts(campaign.id) if e.act == "approved"]
    assert entry.detail["alone"] is False


async def seen_by(desk: Team, data: str) -> str:
    """Callback data with the digest of the newest campaign, as a button would have it."""
    campaign = await desk.campaign()
    async with desk.staff.database.read() as session:
        item = await session.get_one(Item, campaign.item_id)
        variants = await campaigns.variants(session, campaign.id)
    return data + digest(campaign, variants, item)[:SEEN]


async def test_a_plain_broadcast_waits_for_the_other_admin(desk: Team) -> None:
    (person,) = await desk.staff.audience("南宁", 1)
    mark = desk.second.now
    _, ready = await desk.staff.plan(ITEM, "南宁")
    await press(desk.first, ready, "1 人", "已提交")
    asked = await desk.second.wait_text("请审批", SLOW, mark)
    assert "将收到的人数：1" in asked["text"]
    assert not invites(person)
    await press(desk.second, asked, "批准并发送", "你已批准")
    await person.wait_text("You get this", SLOW)
    await desk.first.wait_text("已完成", SLOW)


async def test_what_is_typed_wrong_is_told_and_asked_again(desk: Team) -> None:
    await desk.staff.audience("海口", 1)
    card = await written(desk.writer, "海口")
    for label, wrong, told, right, shows in (
        ("对照组", "99", "0 到 90", "12.5%", "对照组：12.5%"),
        ("发送时间", "明天", "2026-12-24 18:30", "2030-01-02 03:04", "2030年1月2日"),
        ("免打扰", "25-3", "写成 22-8", "23 - 7", "免打扰 23-7"),
        ("每周上限", "0 条", "1 到 100", "4", "最多 4 条"),
        ("失败上限", "95", "0 到 90", "20", "失败超过 20%"),
        ("付费群发", "也许", "是 或 否", "是", "付费广播"),
        ("每条成本", "abc", "金额", "0.05", "每条 ¥0.05"),
        ("重复到", "2001-01-01 00:00", "过去", "-", "营销活动"),
    ):
        await press(desk.writer, card, label, "？" if label != "免打扰" else "不打扰")
        await say(desk.writer, wrong, told)
        card = await say(desk.writer, right, shows)
    whom = await press(desk.writer, card, "人群", "发给谁")
    await press(desk.writer, whom, "输入规则", "用一行写出规则")
    await say(desk.writer, "城市=海口 年龄=3", "年龄")
    card = await say(desk.writer, "城市=海口 not did:booked", "city=海口 not did:booked")
    await press(desk.writer, await press(desk.writer, card, "名称", "叫什么"), "返回", "草稿）")
    answer = await say(desk.writer, "制动液多久换一次？", "[1]")
    assert "营销活动" not in answer["text"], "after Back, what is typed is a question"


async def test_a_question_survives_a_command_only_until_it(desk: Team) -> None:
    await desk.staff.audience("太原", 1)
    card = await written(desk.writer, "太原")
    await press(desk.writer, card, "名称", "叫什么")
    await say(desk.writer, "/language", "语言")
    await say(desk.writer, "制动液多久换一次？", "[1]")


async def test_check_preview_and_test(desk: Team) -> None:
    people = await desk.staff.audience("兰州", 4)
    card = await written(desk.writer, "兰州", "全国第一的课程")
    await press(desk.writer, card, "检查", "检查结果")
    assert "不能提交" in await toast(desk.writer, card, data_of(card, "提交审批"))
    words = await press(desk.writer, card, "文案", "个）")
    wording = await press(desk.writer, words, "文案 A", "A · ZH")
    await press(desk.writer, wording, "中文", "输入中文文案")
    wording = await say(desk.writer, "来学冬季用车", "来学冬季用车")
    await press(desk.writer, wording, "图片", "把图片发给我")
    mark = desk.writer.now
    await desk.writer.upload(picture(), "p.png", kind="photo")
    wording = await desk.writer.wait_text("🖼", SLOW, mark)
    back = await press(desk.writer, wording, "‹ 返回", "个）")
    card = await press(desk.writer, back, "返回", "草稿）")
    await press(desk.writer, card, "检查", "没有发现问题")
    mark = desk.writer.now
    shown = await press(desk.writer, card, "预览", "4 人，其中约 0 人")
    assert "city=兰州" in shown["text"]
    assert not any(str(person.id) in shown["text"] for person in people)
    invite = await desk.writer.wait_for(
        lambda event: (
            "来学冬季用车" in str((event.data.get("message") or {}).get("caption"))
            or "来学冬季用车" in str((event.data.get("message") or {}).get("text"))
        ),
        SLOW,
        mark,
    )
    assert invite.data["message"].get("photo")
    await desk.writer.wait_text("草稿）", SLOW, mark)
    mark = desk.writer.now
    await desk.writer.click_text(card, "试发给我")
    await desk.writer.wait_text("草稿）", SLOW, mark)
    campaign = await desk.campaign()
    assert (await desk.acts(campaign.id))[-1].act == "test-sent"
    assert not any(invites(person) for person in people)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 180), "#2b6").save(out, "PNG")
    return out.getvalue()
