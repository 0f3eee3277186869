"""What happens after the tap, as people have it: booking, the line, the door, a quiz, a draw, a
lead; the bot, in a browser."""

import re
from datetime import timedelta

import pypdfium2
import pytest
from playwright.async_api import Page, expect

from activities.draw_rows import DrawRow
from activities.draws import open_draw
from playground.client import PlaygroundClient
from storage.models import Item, Slot
from storage.repositories import dealers, golden, orders
from tests.bot.acts import change_item
from tests.bot.conftest import ADMIN
from tests.bot.test_appointments import offer
from tests.bot.test_browser import Place, bubble, page, place, press, say
from tests.bot.test_draws import DRAW, TERMS
from tests.bot.test_leads import DRIVE as DEALERS_DRIVE
from tests.bot.test_leads import STARLAN
from tests.bot.test_learning import COURSE, FACTS, lesson, stock

__all__ = ["page", "place"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def other(place: Place, persona: int) -> Page:
    """The chat of somebody else, begun and agreed to."""
    page = await place.people.open(f"{place.playground.url}/#{persona}")
    await page.get_by_test_id("start").click()
    await (
        page.get_by_test_id("inline-button").filter(has_text=re.compile("同意|Agree")).first.click()
    )
    return page


async def one_slot(place: Place) -> Slot:
    start = place.brain.clock() + timedelta(hours=2)
    row = {
        "name": "a",
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        **dict.fromkeys(("city", "place", "latitude", "longitude")),
        "capacity": 1,
        "active": True,
    }
    (slot,) = await offer(place.brain, row)
    return slot


async def times(page: Page) -> None:
    await say(page, "/start item_drive-test")
    await (
        page.get_by_test_id("inline-button")
        .filter(has_text=re.compile("选择时间|Choose a time"))
        .last.click()
    )


async def test_a_seat_is_booked_waited_for_passed_on_and_used(place: Place) -> None:
    page, waiter = place.page, await other(place, 102)
    await one_slot(place)
    await times(page)
    await bubble(page, "哪个时间合适").get_by_test_id("inline-button").first.click()
    await press(page, "为你保留到", "确认")
    await expect(bubble(page, "已预约")).to_contain_text("试驾")
    await times(waiter)
    await bubble(waiter, "Which time suits you").get_by_test_id("inline-button").first.click()
    await expect(waiter.get_by_text("number 1 in line")).to_be_visible()
    await waiter.keyboard.press("Escape")
    await press(page, "已预约", "取消预约")
    offered = bubble(waiter, "A seat is free")
    await expect(offered).to_contain_text("I keep it for you until")
    await offered.get_by_test_id("inline-button").filter(has_text="Take the seat").click()
    await press(waiter, "You are booked", "Ticket")
    ticket = bubble(waiter, "Show this code")
    code = re.search(r"/checkin (\S+)", await ticket.inner_text())
    assert code
    staff = await other(place, ADMIN)
    await say(staff, f"/checkin {code[1]}")
    await expect(bubble(staff, "✅ Alex")).to_contain_text("试驾")
    await say(staff, f"/checkin {code[1]}")
    await expect(bubble(staff, "已经入场")).to_be_visible()


async def test_a_quiz_is_answered_and_explained(place: Place) -> None:
    files = {
        f"en-{name}.md": lesson(name, n % 2 + 1, "course-winter" if n < 2 else "course-safety")
        for n, name in enumerate(FACTS)
    }
    await place.brain.indexing.add(files)
    await place.brain.indexing.build()
    questions = [
        {"question": question, "language": "en", "documents": [f"en-{name}"]}
        for name, (question, _) in FACTS.items()
    ]
    async with place.brain.database.write() as session:
        await golden.save(session, questions)
    page = await other(place, 102)
    await say(page, "/quiz")
    asked = page.get_by_test_id("poll").last
    question = await asked.locator(".poll-question").inner_text()
    right = dict(FACTS.values())[question]
    await asked.get_by_test_id("poll-option").filter(has_text=right).click()
    await expect(asked.get_by_test_id("explanation")).to_contain_text("About ")
    await expect(bubble(page, "Your points this week: 1")).to_be_visible()


async def test_a_finished_course_gives_a_certificate_whose_link_verifies(place: Place) -> None:
    await stock(place.brain, FACTS)
    page, stranger = await other(place, 102), place.page
    async with place.brain.database.write() as session:
        item = await session.get_one(Item, COURSE)
        item.price_stars = 0
        assert await orders.give(session, 102, item, place.brain.clock())
    await say(page, f"/start item_{COURSE}")
    await page.get_by_test_id("inline-button").filter(has_text="Open").last.click()
    await press(page, "About chains", "1. About chains")
    await press(page, "Snow chains go on", "Next")
    await press(page, "You have read", "Certificate")
    await expect(page.get_by_text("Which name")).to_be_visible()
    await say(page, "Zoë Verne")
    async with page.expect_download() as started:
        await page.get_by_test_id("document").last.click()
    pdf = pypdfium2.PdfDocument(await (await started.value).path())
    words = pdf[0].get_textpage().get_text_range()
    assert "Zoë Verne" in words
    code = re.search(r"start=(cert_\w+)", words)
    assert code
    await say(stranger, f"/start {code[1]}")
    await expect(bubble(stranger, "证书有效")).to_contain_text("Z. V.")


async def test_a_draw_is_entered_told_won_and_claimed(place: Place) -> None:
    page, brain = place.page, place.brain
    await change_item(brain.database, DRAW, active=True)
    until = brain.clock() + timedelta(hours=5)
    async with brain.database.write() as session:
        row = DrawRow(**(TERMS | {"entries_until": until}))
        await open_draw(session, DRAW, row, brain.clock())
    await say(page, f"/start item_{DRAW}")
    await page.get_by_test_id("inline-button").filter(has_text="参加").last.click()
    await press(page, "一人一次", "我接受规则")
    await expect(page.get_by_test_id("message").filter(has_text="你的签号").last).to_be_visible()
    async with PlaygroundClient(place.playground.url) as client:
        await client.pass_time(days=5.1 / 24)
        await expect(bubble(page, "报名已截止")).to_contain_text("SHA-256")
        await client.pass_time(days=0.2 / 24)
    won = bubble(page, "🎉")
    await expect(won).to_contain_text("车模")
    await won.get_by_test_id("inline-button").filter(has_text="领取").click()
    await expect(page.get_by_test_id("toast").last).to_contain_text("是你的了")


async def test_a_lead_is_agreed_to_handed_over_marked_and_taken_back(place: Place) -> None:
    page, brain = place.page, place.brain
    async with brain.database.write() as session:
        await dealers.save(session, [STARLAN | {"city": "上海", "brand": None}], {})
    await change_item(brain.database, DEALERS_DRIVE, dealer_id="starlan")
    dealer, admin = await other(place, 102), await other(place, ADMIN)
    await say(admin, "/role 102 dealer starlan")
    await expect(bubble(admin, "102")).to_contain_text("星澜滨江店")
    await say(page, f"/start item_{DEALERS_DRIVE}")
    await page.get_by_test_id("inline-button").filter(has_text="预约").last.click()
    await press(page, "要请星澜滨江店联系你吗", "同意交给这一家")
    await page.get_by_role("button", name="发送我的手机号").click()
    await page.get_by_role("button", name=re.compile("分享|发送|确定|好")).last.click()
    await expect(bubble(page, "已交给")).to_contain_text("•••")
    await press(dealer, "New lead", "Open")
    card = bubble(dealer, "+1555")
    await expect(card).to_be_visible()
    await card.get_by_test_id("inline-button").filter(has_text=re.compile("Came|came")).click()
    await press(page, "有你的姓名和手机号", "收回")
    await expect(dealer.get_by_text("+1555")).to_have_count(0)
