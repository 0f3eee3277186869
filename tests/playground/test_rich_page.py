"""Rich messages on the chat page, in a real browser."""

import re

import pytest
import pytest_asyncio
from aiogram.types import InputRichMessage
from playwright.async_api import Locator, Page, expect

from playground.client import PlaygroundClient
from tests.playground import rich_demo
from tests.playground.test_page import Place, bubble, place, server

__all__ = ["place", "server"]
pytestmark = pytest.mark.asyncio(loop_scope="session")
BEYOND = """() => [...document.querySelectorAll('.rich > *')].filter((node) => {
    const [own, bubble] = [node, node.closest('.bubble')].map((one) => one.getBoundingClientRect());
    return own.right > bubble.right;
}).map((node) => node.outerHTML.slice(0, 200))"""
SIDEWAYS = """() => {
    const timeline = document.querySelector('.timeline');
    return timeline.scrollWidth - timeline.clientWidth;
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(place: Place) -> Page:
    """Alex's chat with one of each block in it."""
    page = await place.open()
    await page.get_by_test_id("start").click()
    await expect(bubble(page, "Welcome")).to_be_visible()
    now = int(place.playground.world.clock.now().timestamp())
    await rich_demo.send(place.bot, 102, now + 90_000)
    await expect(page.get_by_test_id("rich")).to_be_visible()
    return page


async def in_view(node: Locator) -> None:
    await expect(node).to_be_in_viewport()


async def test_every_block_is_drawn(page: Page) -> None:
    rich = page.get_by_test_id("rich")
    headings = rich.get_by_role("heading")
    assert await headings.count() == 6
    await expect(headings.first).to_have_text("刹车片什么时候换？")
    await expect(rich.locator(".unsupported")).to_have_count(0)
    table = rich.get_by_test_id("rich-table").first
    await expect(table.locator("caption")).to_have_text("厚度与里程")
    await expect(table.get_by_role("columnheader")).to_have_count(4)
    await expect(table.locator("td[rowspan='2']")).to_have_text("后片")
    await expect(rich.get_by_test_id("rich-list").first).to_contain_text("left")
    await expect(rich.locator("pre")).to_contain_text("return v ** 2")
    await expect(rich.locator(".rich-math")).to_contain_text("μ")
    await expect(rich.get_by_test_id("moment").last).to_have_text("tomorrow")
    await expect(rich.get_by_test_id("rich-map")).to_be_visible()
    await expect(rich.get_by_test_id("rich-photo")).to_have_count(6)
    await expect(rich.get_by_test_id("rich-recording")).to_have_count(2)
    await expect(rich.get_by_test_id("document")).to_contain_text("手册.pdf")
    await expect(page.get_by_test_id("persona").filter(has_text="Alex")).to_contain_text("刹车片")


async def test_links_lead_to_footnotes_and_anchors(page: Page) -> None:
    rich = page.get_by_test_id("rich")
    folded = rich.get_by_test_id("rich-folded")
    await rich.get_by_test_id("reference-link").click()
    await in_view(folded.get_by_test_id("reference"))
    await expect(folded).to_have_class(re.compile("open"))  # nothing hides what was asked for
    await folded.locator(".quote-toggle").click()
    await expect(folded).not_to_have_class(re.compile("open"))
    await rich.get_by_test_id("anchor-link").click()
    await in_view(rich.get_by_test_id("rich-table").first)


async def test_details_open_and_their_buttons_work(page: Page, place: Place) -> None:
    rich = page.get_by_test_id("rich")
    details = rich.get_by_test_id("rich-details")
    lesson = details.first.get_by_test_id("rich-button")
    await expect(lesson).not_to_be_visible()
    await details.first.locator("summary").click()
    await expect(lesson).to_have_text("打开这一课")
    await expect(details.last.get_by_test_id("rich-list")).to_be_visible()  # open from the start
    await lesson.click()
    await expect(page.get_by_test_id("toast").first).to_have_text("You chose lesson")
    await expect(lesson).not_to_have_attribute("aria-busy", "true")
    for name in ("a button in a line", "预约", "Below the message"):
        await page.get_by_role("button", name=name).click()
    await expect(page.get_by_test_id("toast").last).to_have_text("You chose below")
    await expect(rich.get_by_role("button", name="Gone")).to_be_disabled()


async def test_an_app_that_cannot_draw_it_shows_an_empty_bubble(page: Page, place: Place) -> None:
    await page.get_by_test_id("pane-menu").click()
    await page.get_by_role("menuitem", name="app without rich messages").click()
    await expect(page.get_by_test_id("empty-bubble")).to_be_visible()
    await expect(page.get_by_test_id("rich")).to_have_count(0)
    message = page.get_by_test_id("message").filter(has=page.get_by_test_id("empty-bubble"))
    await expect(message.get_by_test_id("inline-button")).to_have_text("Below the message")
    rich = InputRichMessage(html="<p>Only some see this</p>")
    for persona in (101, 102):
        if persona == 101:
            async with PlaygroundClient(place.playground.url) as client:
                await (await client.persona(101)).start()
        await place.bot.send_rich_message(persona, rich)
    await expect(page.get_by_test_id("empty-bubble")).to_have_count(2)
    other = await place.open("#101")
    await expect(bubble(other, "Only some see this")).to_be_visible()
    await other.close()
    await page.get_by_test_id("pane-menu").click()
    await page.get_by_role("menuitem", name="app with rich messages").click()
    await expect(page.get_by_test_id("rich")).to_have_count(2)


async def test_drafts_are_drawn_too(page: Page, place: Place) -> None:
    think = "<tg-thinking>Reading</tg-thinking><h3>So far</h3>"
    await place.bot.send_rich_message_draft(102, 5, InputRichMessage(html=think))
    draft = page.get_by_test_id("draft")
    await expect(draft.get_by_role("heading", name="So far")).to_be_visible()
    await expect(draft.locator(".rich-thinking")).to_have_text("Reading")
    await place.bot.send_rich_message(102, InputRichMessage(html="<h3>Done</h3>"))
    await expect(draft).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_sticks_out(place: Place, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    wide = "| " + " | ".join(f"column {n}" for n in range(20)) + " |\n|" + "-|" * 20
    code = f"```\n{'x' * 400}\n```\n\n$$ {'y+' * 200} $$\n\n{'w' * 300}\n\n{wide}"
    await place.bot.send_rich_message(102, InputRichMessage(markdown=code))
    await expect(page.get_by_test_id("rich")).to_have_count(2)
    assert await page.evaluate(BEYOND) == []
    assert await page.evaluate(SIDEWAYS) <= 0
