"""Subscriptions, answers that are stopped and groups, on the chat page in a real browser."""

import re

import pytest
from aiogram.types import BotCommand, BotCommandScopeAllGroupChats
from playwright.async_api import Locator, Page, expect

from playground.client import PlaygroundClient
from tests.playground.test_page import Place, bubble, chat, place, say, server

__all__ = ["chat", "place", "server"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_subscriptions(page: Page) -> Locator:
    await page.get_by_test_id("pane-menu").click()
    await page.get_by_role("menuitem", name="Subscriptions").click()
    return page.get_by_test_id("subscriptions")


async def test_three_months_of_a_subscription(chat: Page) -> None:
    await say(chat, "/plan")
    await bubble(chat, "The plan").get_by_test_id("inline-button").click()
    sheet = chat.get_by_test_id("payment")
    await expect(sheet).to_contain_text("every 30 days")
    await sheet.get_by_test_id("payment-confirm").click()
    await expect(sheet).to_have_count(0)
    await expect(chat.get_by_test_id("service").last).to_contain_text("You subscribed")
    kept = await open_subscriptions(chat)
    row = kept.get_by_test_id("subscription")
    await expect(row).to_have_attribute("data-state", "active")
    await kept.get_by_test_id("pass-month").click()
    await expect(chat.get_by_test_id("service").last).to_contain_text("renewed")
    await row.get_by_test_id("subscription-cancel").click()
    await expect(row).to_contain_text("cancelled, runs until")
    await row.get_by_test_id("subscription-enable").click()
    await expect(row).to_contain_text("renews on")
    await kept.get_by_test_id("has-stars").uncheck()
    await kept.get_by_test_id("pass-month").click()
    await expect(row).to_contain_text("too few Stars")
    await kept.get_by_test_id("has-stars").check()
    await row.get_by_test_id("subscription-retry").click()
    await expect(row).to_have_attribute("data-state", "active")
    await row.get_by_test_id("subscription-cancel").click()
    await kept.get_by_test_id("pass-month").click()
    await expect(row).to_contain_text("ended on")
    await expect(row.get_by_role("button")).to_have_count(0)
    await chat.keyboard.press("Escape")
    await expect(chat.get_by_test_id("service")).to_have_count(3)
    # The link in the text does what the button does.
    await bubble(chat, "The plan").locator("a").click()
    await expect(sheet).to_contain_text("All courses")
    assert len(chat.context.pages) == 1


@pytest.mark.parametrize("kept", [False, True])
async def test_an_answer_is_stopped_while_it_is_written(chat: Page, kept: bool) -> None:
    await say(chat, "/think keep" if kept else "/think")
    draft = chat.get_by_test_id("draft")
    await expect(draft).to_contain_text("for their rubber")
    await draft.get_by_test_id("stop").click()
    await expect(chat.get_by_test_id("status")).to_contain_text("typing")
    await expect(draft).to_have_count(1 if kept else 0)
    if kept:
        await expect(draft.get_by_test_id("stop")).to_be_hidden()


async def test_a_group_in_which_only_one_sees(place: Place) -> None:
    mine = BotCommand(command="mine", description="My bookings", is_ephemeral=True)
    await place.bot.set_my_commands([mine], BotCommandScopeAllGroupChats())
    page = await place.open("")
    await page.get_by_test_id("add-group").click()
    await page.get_by_label("Group name").fill("Drivers")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("status")).to_contain_text("members and the bot")
    await page.get_by_test_id("group-as").select_option("102")
    await expect(page).to_have_url(re.compile("@102$"))
    other = await place.open(f"#{page.url.rpartition('#')[2].replace('@102', '@101')}")
    await say(page, "/hello")
    await expect(bubble(other, "/hello")).to_have_attribute("data-from", "other")
    await bubble(page, "Whose turn").get_by_role("button", name="My turn?").click()
    told = page.get_by_test_id("message").filter(has=page.get_by_test_id("only-you"))
    await expect(told).to_contain_text("Yours, tomorrow")
    await told.get_by_role("button", name="Sure?").click()
    await expect(told).to_contain_text("at nine")
    await say(page, "/mine")
    await expect(bubble(page, "Your bookings").get_by_test_id("only-you")).to_be_visible()
    await bubble(page, "Whose turn").get_by_role("button", name="Here instead").click()
    await expect(bubble(page, "Whose turn")).to_have_count(0)
    await say(page, "Thanks")
    await expect(bubble(other, "Thanks")).to_be_visible()
    await expect(other.get_by_test_id("message")).to_have_count(3)
    await page.reload()
    await expect(page.get_by_test_id("message")).to_have_count(3)
    await say(page, "/link")
    await bubble(page, "Open https://").locator("a").click()
    await expect(page).to_have_url(re.compile("#102$"))
    await expect(bubble(page, "Welcome, payload=from_link")).to_be_visible()


async def test_a_guest_answers_in_a_group_it_is_not_in(place: Place) -> None:
    async with PlaygroundClient(place.playground.url) as client:
        people = [await client.persona(number) for number in (101, 102)]
        group = await client.group("Strangers", *people, has_bot=False)
    page = await place.open(f"#{group.id}@102")
    await say(page, "When is brake fluid changed? @page_bot")
    await expect(bubble(page, "Every two years")).to_have_attribute("data-from", "bot")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 1280
