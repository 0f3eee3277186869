"""Rich messages, groups, stopping and membership as a person has them: the bot, in a browser."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.bot.acts import change_item
from tests.bot.test_browser import Place, bubble, page, place, press, say
from tests.bot.test_drawing import SALON

__all__ = ["page", "place"]
pytestmark = pytest.mark.asyncio(loop_scope="session")
QUESTION = "制动液多久换一次？"


def rich(page: Page) -> Locator:
    """The newest rich message."""
    return page.get_by_test_id("rich").last


async def choose(page: Page, entry: str) -> None:
    await page.get_by_test_id("pane-menu").click()
    await page.get_by_role("menuitem", name=entry).click()


async def prove(page: Page) -> None:
    await say(page, "/settings")
    await press(page, "消息样式", "试试带表格的消息")
    await rich(page).get_by_test_id("rich-button").filter(has_text="我看得到").click()
    await expect(bubble(page, "以后的回答和卡片会这样显示")).to_be_visible()


async def test_proved_read_opened_lost_and_classic_again(page: Page) -> None:
    await prove(page)
    await say(page, QUESTION)
    answer = rich(page)
    await expect(answer).to_contain_text("一般每两年更换一次")
    source = answer.get_by_test_id("rich-details").first
    await expect(source.locator("blockquote")).not_to_be_visible()
    await answer.get_by_test_id("reference-link").first.click()
    await expect(source.locator("blockquote")).to_contain_text("含水的制动液")
    await source.get_by_test_id("rich-button").first.click()
    await expect(bubble(page, "轮胎与刹车")).to_be_visible()
    await choose(page, "换成不支持富文本的客户端")
    await say(page, QUESTION)
    empty = page.get_by_test_id("message").filter(has=page.get_by_test_id("empty-bubble")).last
    # The sample, the answer before, its card, and this one.
    await expect(page.get_by_test_id("empty-bubble")).to_have_count(4)
    await empty.get_by_test_id("inline-button").filter(has_text="空白").click()
    await expect(bubble(page, "一般每两年更换一次")).to_contain_text("[1]")
    await say(page, QUESTION)
    button = bubble(page, "一般每两年更换一次").get_by_test_id("inline-button")
    await expect(button.first).to_contain_text("[1]")


async def test_a_card_of_an_event_with_its_map(place: Place) -> None:
    page = place.page
    await change_item(place.brain.database, SALON, latitude=31.2, longitude=121.4)
    await prove(page)
    await say(page, f"/start item_{SALON}")
    card = rich(page)
    await expect(card.get_by_test_id("rich-table")).to_contain_text("时间")
    await expect(card.get_by_test_id("moment")).to_be_visible()
    await card.get_by_test_id("rich-button").filter(has_text=re.compile("预约|报名")).click()
    await expect(rich(page).get_by_test_id("rich-button").filter(has_text="取消")).to_be_visible()


async def test_in_a_group_of_three_one_alone_sees_what_is_for_one(place: Place, page: Page) -> None:
    """小林, Alex and the admin; 小林 has agreed, so that there is something for him alone."""
    await page.get_by_test_id("add-group").click()
    await page.get_by_label("群名").fill("车友")
    await page.keyboard.press("Enter")
    await page.get_by_test_id("group-as").select_option("101")
    await expect(page).to_have_url(re.compile("@101$"))
    others = []
    for persona in (102, 901):
        others.append(await place.people.open(page.url.replace("@101", f"@{persona}")))
    await say(page, "/recommend")
    mine = page.get_by_test_id("message").filter(has=page.get_by_test_id("only-you"))
    await expect(mine.last).to_contain_text("只有你看得到：")
    await say(page, "@playground_4242_bot 制动液多久换一次？")
    for one in (page, *others):
        await expect(bubble(one, "一般每两年更换一次")).to_contain_text("[1]")
    for other in others:
        await expect(other.get_by_test_id("only-you")).to_have_count(0)
        await expect(other.get_by_text("只有你看得到")).to_have_count(0)


async def test_a_membership_over_three_months_with_a_failed_renewal(page: Page) -> None:
    await say(page, "/join")
    await press(page, "电动车会员", "电动车会员")
    await bubble(page, "自动续费").get_by_test_id("inline-button").click()
    await page.get_by_test_id("payment-confirm").click()
    await expect(bubble(page, "你现在是“电动车会员”的会员")).to_be_visible()
    await choose(page, "订阅")
    kept = page.get_by_test_id("subscriptions")
    for month in (1, 2):
        await kept.get_by_test_id("pass-month").click()
        await expect(page.get_by_test_id("message").filter(has_text="已续费")).to_have_count(month)
    await kept.get_by_test_id("has-stars").uncheck()
    await kept.get_by_test_id("pass-month").click()
    await expect(bubble(page, "续费没有成功")).to_be_visible()
    await page.keyboard.press("Escape")
    await say(page, "/my")
    # With the paid month all that it opened is over.
    await expect(bubble(page, "还没有内容")).to_be_visible()
