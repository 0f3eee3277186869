"""The bot called by its name into a chat where it is no member."""

from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Message

from playground.client import Person, PlaygroundClient
from playground.server import Playground
from tests.playground.conftest import Time, keyboard, make_bot
from tests.playground.test_groups_and_inline import article

CALL = "@Playground_4242_bot how often are brakes changed?"


async def called(bot: Bot) -> Message:
    """The one message that reached the bot."""
    (update,) = await bot.get_updates(timeout=2)
    assert update.message is None
    assert update.guest_message
    return update.guest_message


@pytest.fixture
async def ann(client: PlaygroundClient) -> Person:
    return await client.persona(101)


@pytest.fixture
async def strangers(client: PlaygroundClient, ann: Person) -> Person:
    """A group that the bot isn't in."""
    return await client.group("Strangers", ann, await client.persona(102), has_bot=False)


async def test_a_call_is_answered_once_in_that_chat(
    bot: Bot, ann: Person, strangers: Person, client: PlaygroundClient
) -> None:
    assert (await bot.get_me()).supports_guest_queries
    first = await strangers.say(ann, "Nobody calls a bot here, not even @other_bot")
    said = await strangers.say(ann, CALL, reply_to=first["message_id"])
    message = await called(bot)
    assert message.text == CALL
    assert message.guest_query_id
    assert message.reply_to_message
    assert message.reply_to_message.message_id == first["message_id"]
    assert message.chat.id == strangers.id
    for method in (bot.get_chat, bot.get_chat_member_count):
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await method(strangers.id)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(strangers.id, "x")
    result = article("one", "<b>Every two years</b>")
    result.reply_markup = keyboard({"More": "more"})
    sent = await message.answer_guest_query(result).as_(bot)
    shown = await strangers.wait_text("Every two years")
    assert shown["guest_bot_caller_user"]["id"] == ann.id
    assert shown["reply_to_message"]["message_id"] == said["message_id"]
    assert shown["from"]["id"] == bot.id
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await message.answer_guest_query(article("two")).as_(bot)
    of_ann = await client.group_as(strangers, ann)
    query_id = await strangers.tap(ann, shown, "more")
    updates = await bot.get_updates()
    query = updates[-1].callback_query
    assert query
    assert (query.message, query.inline_message_id) == (None, sent.inline_message_id)
    edited: Any = await bot.edit_message_text("Or sooner", inline_message_id=sent.inline_message_id)
    assert edited is True
    await strangers.wait_text("Or sooner")
    await query.answer("Sure").as_(bot)
    assert (await of_ann.toast(query_id))["text"] == "Sure"


@pytest.mark.parametrize("wrong", ["MTow", "é", "x", "", "LTEwMDAwMDAwMDE6MQ=="])
async def test_other_inline_ids_name_nothing(bot: Bot, strangers: Person, wrong: str) -> None:
    with pytest.raises(TelegramBadRequest):
        await bot.edit_message_text("x", inline_message_id=wrong)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (article("a" * 65), "RESULT_ID_INVALID"),
        (article("a", ""), "message text is empty"),
        (article("a", "x" * 4097), "message is too long"),
    ],
)
async def test_what_telegram_refuses_as_an_answer(
    bot: Bot, ann: Person, strangers: Person, result: Any, reason: str
) -> None:
    await strangers.say(ann, CALL)
    message = await called(bot)
    with pytest.raises(TelegramBadRequest, match=reason):
        await message.answer_guest_query(result).as_(bot)
    await message.answer_guest_query(article("b", "Good")).as_(bot)


async def test_late_or_foreign_answers_are_refused(
    pg: Playground, bot: Bot, ann: Person, strangers: Person, time: Time
) -> None:
    await strangers.say(ann, CALL)
    message = await called(bot)
    async with make_bot(pg.url, "77:other-bot-token") as other:
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await message.answer_guest_query(article("a")).as_(other)
    time.passed += 31
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await message.answer_guest_query(article("a")).as_(bot)


async def test_a_call_that_no_list_names_never_comes(
    bot: Bot, ann: Person, strangers: Person
) -> None:
    await bot.get_updates(allowed_updates=["message"])
    await strangers.say(ann, CALL)
    assert not await bot.get_updates()
    await bot.get_updates(allowed_updates=["guest_message"])
    await strangers.say(ann, CALL)
    await called(bot)


async def test_a_call_outlives_the_server(tmp_path: Path) -> None:
    async with (
        Playground(data_dir=tmp_path) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        await bot.get_me()
        ann = await client.persona(101)
        strangers = await client.group("Strangers", ann, has_bot=False)
        await strangers.say(ann, CALL)
    async with (
        Playground(data_dir=tmp_path) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        await (await called(bot)).answer_guest_query(article("a", "Still here")).as_(bot)
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await bot.send_message(strangers.id, "x")
