"""The chat page in a real browser, with a real aiogram bot behind it."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiogram import Bot, Dispatcher
from playwright.async_api import Browser, Locator, Page, expect

from playground.client import PlaygroundClient
from playground.server import Playground
from tests.people import People, opened
from tests.playground.conftest import TOKEN, make_bot
from tests.playground.page_bot import COMMANDS, png, router

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=10_000)


@dataclass
class Place:
    """A playground with the bot running on it, and the browser that looks at it."""

    playground: Playground
    bot: Bot
    people: People

    async def open(self, address: str = "#102", **size: int) -> Page:
        page = await self.people.open(f"{self.playground.url}/{address}")
        if size:
            await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        return page


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def server() -> AsyncIterator[tuple[Playground, Bot]]:
    async with Playground(limits=None) as playground:
        playground.register(TOKEN, "Page Bot", "page_bot")
        async with make_bot(playground.url) as bot:
            await bot.set_my_commands(COMMANDS)
            dispatcher = Dispatcher()
            dispatcher.include_router(router())
            running = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
            yield playground, bot
            await dispatcher.stop_polling()
            await running


@pytest_asyncio.fixture(loop_scope="session")
async def place(server: tuple[Playground, Bot], browser: Browser) -> AsyncIterator[Place]:
    """Empty chats and a fresh browser profile; an error on the page's console fails the test."""
    playground, bot = server
    playground.reset()
    async with opened(browser, locale="en-US", color_scheme="light") as people:
        yield Place(playground, bot, people)
    assert people.problems == []


async def say(page: Page | Locator, text: str) -> None:
    composer = page.get_by_test_id("composer")
    await composer.fill(text)
    await composer.press("Enter")


def bubble(page: Page | Locator, text: str) -> Locator:
    return page.get_by_test_id("message").filter(has_text=text)


@pytest_asyncio.fixture(loop_scope="session")
async def chat(place: Place) -> Page:
    """Alex's chat, started with the START button."""
    page = await place.open()
    await page.get_by_test_id("start").click()
    await expect(bubble(page, "Welcome, payload=none")).to_be_visible()
    return page


async def test_text_is_formatted_and_markup_stays_text(chat: Page) -> None:
    await say(chat, "/rich")
    text = bubble(chat, "Bold").get_by_test_id("text")
    await expect(text.locator("strong")).to_have_text("Bold and italic")
    await expect(text.locator("strong em")).to_have_text("and italic")
    await expect(text.locator("u")).to_have_text("under")
    await expect(text.locator("a")).to_have_attribute("href", "https://example.com/a")
    await expect(text.locator("a")).to_have_text("a link")  # after emoji: UTF-16 offsets
    await expect(text.locator("pre")).to_contain_text("print(1 < 2)")
    await expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(text.locator("img")).to_have_count(0)
    await text.locator(".quote-toggle").click()
    await expect(text.locator("blockquote.open")).to_contain_text("five")
    await text.locator(".spoiler").click()
    await expect(text.locator(".spoiler.revealed")).to_have_text("hidden")
    attack = "<script>document.title='owned'</script><b onclick=x>"
    await say(chat, attack)
    await expect(bubble(chat, attack).get_by_test_id("text").locator("b, script")).to_have_count(0)


async def test_the_page_allows_no_foreign_code(place: Place, browser: Browser) -> None:
    page = await browser.new_page()
    response = await page.goto(place.playground.url)
    assert response
    assert "default-src 'none'" in response.headers["content-security-policy"]
    ran = "document.head.append(Object.assign(document.createElement('script'), "
    await page.evaluate(f"{ran}{{textContent: 'window.owned = 1'}}))")
    assert await page.evaluate("window.owned") is None
    await page.close()


async def test_inline_buttons_toast_alert_edit_and_delete(chat: Page) -> None:
    await say(chat, "/buttons")
    message = bubble(chat, "Choose")
    await message.get_by_role("button", name="Toast").click()
    await expect(chat.get_by_test_id("toast")).to_have_text("You chose toast")
    await expect(message.locator(".waiting")).to_have_count(0)
    await message.get_by_role("button", name="Alert").click()
    await expect(chat.get_by_role("alertdialog")).to_contain_text("You chose alert")
    await chat.keyboard.press("Escape")
    await expect(chat.get_by_role("alertdialog")).to_have_count(0)
    await message.get_by_role("button", name="Copy").click()
    await expect(chat.get_by_text("Copied to clipboard")).to_be_visible()
    await message.get_by_role("button", name="Edit").click()
    edited = bubble(chat, "Now edited")
    await expect(edited.get_by_test_id("edited")).to_be_visible()
    await expect(edited.get_by_test_id("inline-button")).to_have_count(0)
    await say(chat, "/buttons")
    await bubble(chat, "Choose").get_by_role("button", name="Delete").click()
    await expect(bubble(chat, "Choose")).to_have_count(0)


async def test_a_draft_grows_until_its_message_comes(chat: Page) -> None:
    await say(chat, "/draft 1")
    await expect(chat.get_by_test_id("draft")).to_have_text("Thinking…")
    await say(chat, "/draft 3")
    await expect(chat.get_by_test_id("draft")).to_have_text("Winter tyres grip below 7 °C")
    await say(chat, "/say Winter tyres it is")
    await expect(chat.get_by_test_id("draft")).to_have_count(0)
    quote = bubble(chat, "Winter tyres it is").get_by_test_id("reply-quote")
    await expect(quote).to_contain_text("/say Winter tyres it is")


COVERED = """place => {
  const line = document.querySelector('.timeline');
  line.scrollTop = place * (line.scrollHeight - line.clientHeight);
  const boxes = (css) => [...document.querySelectorAll(css)].map(n => n.getBoundingClientRect());
  return boxes('.day .pill').some(day => boxes('.bubble').some(one =>
    day.left < one.right && one.left < day.right && day.top < one.bottom && one.top < day.bottom));
}"""


async def test_the_date_lies_on_no_message(chat: Page) -> None:
    for number in range(8):
        await say(chat, f"Line {number} {'of much text ' * 40}")
        await expect(bubble(chat, f"Line {number} ").first).to_be_visible()
    for place in (0.0, 0.2, 0.5, 1.0):
        assert not await chat.evaluate(COVERED, place)


async def test_typing_shows_in_the_header(chat: Page) -> None:
    await say(chat, "/typing")
    await expect(chat.get_by_test_id("status")).to_contain_text("typing")
    await say(chat, "/say done")
    await expect(chat.get_by_test_id("status")).to_have_text("bot")


async def test_reply_keyboard_contact_and_forced_reply(chat: Page) -> None:
    await say(chat, "/keys")
    keys = chat.get_by_test_id("reply-keyboard")
    await expect(chat.get_by_test_id("composer")).to_have_attribute("placeholder", "Yes or no?")
    await keys.get_by_role("button", name="My phone").click()
    await chat.get_by_test_id("confirm").get_by_role("button", name="Share").click()
    await expect(chat.get_by_test_id("contact")).to_contain_text("+15550000102")
    await keys.get_by_role("button", name="Yes").click()
    await expect(bubble(chat, "Noted: Yes")).to_be_visible()
    await expect(keys).to_be_hidden()
    await say(chat, "/ask")
    await expect(chat.get_by_test_id("reply-bar")).to_contain_text("Your city?")
    await say(chat, "Shanghai")
    await expect(bubble(chat, "Shanghai").get_by_test_id("reply-quote")).to_contain_text("city?")
    await expect(chat.get_by_test_id("reply-bar")).to_be_hidden()


async def attach(page: Page, kind: str, file: Any) -> None:
    await page.get_by_test_id("attach").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("menuitem", name=kind).click()
    await (await chooser.value).set_files(file)


async def test_photos_and_files_both_ways(chat: Page) -> None:
    await say(chat, "/photo")
    photo = bubble(chat, "Evening sky").get_by_test_id("photo")
    await expect(photo.locator("img")).to_have_js_property("naturalWidth", 480)
    await photo.click()
    await expect(chat.get_by_test_id("lightbox").locator("img")).to_be_visible()
    await chat.keyboard.press("Escape")
    picture = {"name": "a.png", "mimeType": "image/png", "buffer": png(32, 20)}
    await attach(chat, "Photo", picture)
    await chat.get_by_test_id("attachment-send").click()
    await expect(bubble(chat, "Photo 32x20")).to_be_visible()
    await attach(chat, "File", {"name": "课程.txt", "mimeType": "text/plain", "buffer": b"abc"})
    await chat.get_by_test_id("caption").fill("For the base")
    await chat.get_by_test_id("caption").press("Enter")
    await expect(bubble(chat, "File 课程.txt, 3 bytes, For the base")).to_be_visible()
    await say(chat, "/file")
    async with chat.expect_download() as download:
        await chat.get_by_test_id("document").filter(has_text="prices.csv").click()
    saved = Path(await (await download.value).path())
    assert await asyncio.to_thread(saved.read_bytes) == b"a,b\n1,2\n"


async def test_dropped_files_are_offered_for_sending(chat: Page) -> None:
    transfer = await chat.evaluate_handle(
        "() => { const t = new DataTransfer();"
        "t.items.add(new File(['hello'], 'note.txt', {type: 'text/plain'})); return t; }"
    )
    await chat.get_by_test_id("pane").dispatch_event("drop", {"dataTransfer": transfer})
    await chat.get_by_test_id("attachment-send").click()
    await expect(bubble(chat, "File note.txt, 5 bytes")).to_be_visible()


async def test_an_invoice_is_paid_or_says_why_not(chat: Page) -> None:
    await say(chat, "/sold_out")
    await chat.get_by_test_id("inline-button").click()
    sheet = chat.get_by_test_id("payment")
    await expect(sheet).to_contain_text("Winter driving")
    # A number never falls away from its star.
    await expect(sheet.locator(".stars").first).to_have_css("white-space", "nowrap")
    assert re.fullmatch(r"\s\d+", await sheet.locator(".stars").first.text_content() or "")
    await sheet.get_by_test_id("payment-confirm").click()
    await expect(sheet.get_by_test_id("payment-error")).to_contain_text("Sold out")
    await chat.keyboard.press("Escape")
    await say(chat, "/buy")
    await expect(chat.get_by_test_id("inline-button")).to_have_count(2)
    await chat.get_by_test_id("inline-button").last.click()
    await sheet.get_by_test_id("payment-confirm").click()
    await expect(sheet.get_by_test_id("payment-done")).to_be_visible()
    await expect(sheet).to_have_count(0)
    await expect(chat.get_by_test_id("service")).to_contain_text("50")
    await expect(bubble(chat, "Thank you for your payment")).to_be_visible()
    await expect(chat.get_by_test_id("paid")).to_have_count(1)
    await expect(chat.get_by_test_id("inline-button").last).to_be_disabled()


async def test_polls_and_quizzes(chat: Page) -> None:
    await say(chat, "/quiz")
    await chat.get_by_role("radio", name="Rear").click()
    await expect(chat.locator(".poll-result.wrong")).to_contain_text("100%")
    await expect(chat.get_by_test_id("explanation")).to_contain_text("steer, drive and brake")
    await say(chat, "/poll")
    poll = bubble(chat, "What do you drive?")
    await poll.get_by_role("checkbox", name="Hybrid").click()
    await poll.get_by_role("checkbox", name="Electric").click()
    await poll.get_by_role("button", name="Vote").click()
    await expect(poll.locator(".poll-result.chosen")).to_have_count(2)
    await poll.get_by_test_id("text").or_(poll.locator(".poll-question")).click(button="right")
    await chat.get_by_role("menuitem", name="Retract vote").click()
    await expect(poll.get_by_role("checkbox")).to_have_count(3)


async def test_the_commands_menu_and_completion(chat: Page) -> None:
    await chat.get_by_test_id("menu-button").click()
    await expect(chat.get_by_role("option")).to_have_count(3)
    await chat.keyboard.press("Escape")
    await expect(chat.get_by_test_id("commands")).to_be_hidden()
    await chat.get_by_test_id("composer").press_sequentially("/p")
    await expect(chat.get_by_role("option")).to_have_count(1)
    await chat.keyboard.press("Enter")
    await expect(bubble(chat, "Evening sky")).to_be_visible()
    await expect(chat.get_by_test_id("composer")).to_have_value("")


async def test_links_to_the_bot_start_it_in_place_and_commands_run(chat: Page) -> None:
    await say(chat, "/link")
    message = bubble(chat, "Open https://")
    await message.locator("a").click()
    await expect(bubble(chat, "Welcome, payload=from_link")).to_be_visible()
    await message.get_by_test_id("command-link").click()
    await expect(bubble(chat, "Bold and italic")).to_be_visible()
    assert len(chat.context.pages) == 1


async def test_reactions_from_both_sides(chat: Page, place: Place) -> None:
    message = bubble(chat, "Welcome")
    await message.click(button="right")
    await chat.get_by_role("button", name="React with 👍").click()
    await expect(message.get_by_role("button", name="React with 👍")).to_have_text("👍1")
    message_id = int(await message.get_attribute("data-message-id") or 0)
    await place.bot.set_message_reaction(102, message_id, [{"type": "emoji", "emoji": "👍"}])
    await expect(message.get_by_test_id("reaction")).to_have_text("👍2")
    await message.get_by_test_id("reaction").click()
    await expect(message.get_by_test_id("reaction")).to_have_text("👍1")


async def test_blocking_and_unblocking(chat: Page) -> None:
    await chat.get_by_test_id("pane-menu").click()
    await chat.get_by_role("menuitem", name="Block bot").click()
    await expect(chat.get_by_test_id("composer")).to_be_hidden()
    await chat.get_by_test_id("unblock").click()
    await say(chat, "/say back again")
    await expect(bubble(chat, "back again").last).to_be_visible()


async def test_the_theme_follows_the_system_until_chosen(chat: Page) -> None:
    root = chat.locator("html")
    await expect(root).to_have_attribute("data-theme", "light")
    await chat.emulate_media(color_scheme="dark")
    await expect(root).to_have_attribute("data-theme", "dark")
    await chat.get_by_test_id("theme").click()
    await expect(root).to_have_attribute("data-theme", "light")
    await chat.reload()
    await expect(root).to_have_attribute("data-theme", "light")


async def test_the_page_speaks_chinese_when_asked(chat: Page) -> None:
    await chat.get_by_test_id("language").click()
    await expect(chat.get_by_role("heading", name="演练场")).to_be_visible()
    await expect(chat.get_by_test_id("composer")).to_have_attribute("placeholder", "输入消息…")
    await expect(bubble(chat, "Welcome")).to_be_visible()


async def test_a_phone_shows_the_list_or_the_chat(place: Place) -> None:
    page = await place.open("", width=390, height=844)
    await page.get_by_test_id("persona").filter(has_text="Alex").click()
    await page.get_by_test_id("start").click()
    await expect(bubble(page, "Welcome")).to_be_visible()
    await expect(page.get_by_test_id("persona-list")).to_be_hidden()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    await page.get_by_test_id("back").click()
    await expect(page.get_by_test_id("persona-list")).to_be_visible()
    await expect(page.get_by_test_id("pane")).to_have_count(0)


async def test_a_reload_keeps_everything(chat: Page) -> None:
    await say(chat, "/keys")
    await say(chat, "/buttons")
    await expect(bubble(chat, "Choose")).to_be_visible()
    before = await chat.get_by_test_id("message").all_inner_texts()
    await chat.reload()
    await expect(chat.get_by_test_id("message")).to_have_count(len(before))
    assert await chat.get_by_test_id("message").all_inner_texts() == before
    await expect(chat.get_by_test_id("reply-keyboard")).to_contain_text("My phone")
    assert chat.url.endswith("#102")


async def test_two_personas_side_by_side_and_unread_counts(chat: Page, place: Place) -> None:
    rows = chat.get_by_test_id("persona")
    admin = rows.filter(has_text="Admin")
    async with PlaygroundClient(place.playground.url) as client:
        person = await client.persona(901)
        await person.start()
        await person.wait_text("Welcome")
    await expect(admin.get_by_test_id("unread")).to_have_text("1")
    await expect(admin).to_contain_text("Welcome, payload=none")
    await admin.hover()
    await admin.get_by_test_id("open-beside").click()
    await expect(chat.get_by_test_id("pane")).to_have_count(2)
    await expect(chat).to_have_url(re.compile("#102,901$"))
    user_pane = chat.locator("[data-testid=pane][data-persona-id='102']")
    admin_pane = chat.locator("[data-testid=pane][data-persona-id='901']")
    await say(admin_pane, "/say for admins only")
    await expect(bubble(admin_pane, "for admins only").last).to_be_visible()
    await expect(bubble(user_pane, "for admins only")).to_have_count(0)
    await say(user_pane, "/say for Alex")
    await expect(bubble(user_pane, "for Alex").last).to_be_visible()
    await expect(admin.get_by_test_id("unread")).to_have_count(0)
    await admin_pane.get_by_test_id("close-pane").click()
    await expect(chat.get_by_test_id("pane")).to_have_count(1)


async def test_a_new_persona(chat: Page) -> None:
    await chat.get_by_test_id("add-persona").click()
    form = chat.get_by_test_id("new-persona")
    await form.get_by_label("Name").fill("<b>Eve</b>")
    await form.get_by_label("Role").select_option("editor")
    await form.get_by_role("button", name="Create").click()
    row = chat.get_by_test_id("persona").filter(has_text="<b>Eve</b>")
    await expect(row).to_contain_text("Editor")
    await expect(chat.get_by_test_id("start")).to_be_visible()


async def test_the_page_comes_back_after_the_server_was_away(browser: Browser) -> None:
    context = await browser.new_context(locale="en-US")
    page = await context.new_page()
    async with Playground(limits=None) as first:
        port = first.port
        first.register(TOKEN, "Page Bot", "page_bot")
        await page.goto(f"{first.url}/#102")
        await page.get_by_test_id("start").click()
        await expect(bubble(page, "/start")).to_be_visible()
    await expect(page.get_by_test_id("status")).to_have_text("Connecting…")
    async with Playground(port=port, limits=None) as second:
        second.register(TOKEN, "Page Bot", "page_bot")
        await expect(page.get_by_test_id("status")).to_have_text("bot")
        await expect(page.get_by_test_id("start")).to_be_visible()
        await context.close()
