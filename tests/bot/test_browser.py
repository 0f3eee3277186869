"""The whole of it as a person has it: the bot, the playground, and its page in a browser."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.app import make_bot, poll
from playground.server import Playground
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from services.brain import Brain, open_brain
from storage.database import Database
from tests.bot.acts import TOKEN
from tests.bot.conftest import settings_in
from tests.bot.models import loaded
from tests.people import People, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=15_000)


@dataclass(frozen=True, slots=True)
class Place:
    """The bot and the playground as they run; `page` is the chat of a Chinese user, opened with
    START and agreed to."""

    page: Page
    brain: Brain
    playground: Playground
    people: People


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    tmp_path: Path,
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    browser: Browser,
) -> AsyncIterator[Place]:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    settings = settings_in(tmp_path)
    settings.make_key_file()
    database = Database(settings.database)
    with pytest.MonkeyPatch.context() as patch:
        loaded(patch, encoder, reader)
        async with (
            Playground(limits=None) as playground,
            open_brain(settings, database, playground.world.clock.now) as brain,
        ):
            bot = make_bot(TOKEN, playground.url)
            running = asyncio.create_task(poll(brain, bot))
            async with opened(browser, locale="zh-CN") as people:
                page = await people.open(f"{playground.url}/#101")
                await page.get_by_test_id("start").click()
                await press(page, "你的数据，由你决定", "同意")
                yield Place(page, brain, playground, people)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    await database.close()


@pytest.fixture
def page(place: Place) -> Page:
    return place.page


def bubble(page: Page, text: str) -> Locator:
    """The newest message that holds the text."""
    return page.get_by_test_id("message").filter(has_text=text).last


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("composer").press("Enter")


async def press(page: Page, text: str, button: str) -> None:
    """Clicks an inline button of the newest message that holds `text`."""
    await bubble(page, text).get_by_test_id("inline-button").filter(has_text=button).first.click()


async def test_a_question_in_chinese_and_one_in_english_with_their_sources(page: Page) -> None:
    await say(page, "制动液多久换一次？")
    await expect(bubble(page, "一般每两年更换一次")).to_contain_text("[1]")
    await press(page, "一般每两年更换一次", "[1] 制动液")
    await expect(bubble(page, "多久更换")).to_contain_text("轮胎与刹车")
    await expect(bubble(page, "多久更换").locator("blockquote")).to_contain_text("含水的制动液")
    await say(page, "How much range does an EV lose in winter?")
    await expect(bubble(page, "thirty percent")).to_contain_text("[1]")
    await press(page, "thirty percent", "[1] Range in winter")
    await expect(bubble(page, "Why it shrinks")).to_contain_text("Charging and range")


async def test_a_recommendation_is_liked_and_a_course_bought_once(page: Page) -> None:
    await say(page, "/recommend")
    card = page.get_by_test_id("message").filter(has_text="推荐理由").first
    await card.get_by_test_id("inline-button").filter(has_text="喜欢").click()
    await expect(page.get_by_test_id("toast").last).to_be_visible()
    await say(page, "/catalog")
    await press(page, "想看哪一类", "课程")
    await bubble(page, "第 1 / 3 页").get_by_test_id("inline-button").first.click()
    await page.get_by_test_id("inline-button").filter(has_text="购买").last.click()
    invoice = page.get_by_test_id("message").filter(has=page.get_by_test_id("invoice")).last
    await invoice.get_by_test_id("inline-button").click()
    await page.get_by_test_id("payment-confirm").click()
    await expect(page.get_by_test_id("payment-done")).to_be_visible()
    delivered = page.get_by_test_id("message").filter(has_text="感谢购买《")
    await expect(delivered).to_have_count(1)
    await page.reload()
    await expect(delivered).to_have_count(1)
