import asyncio

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
)
from aiogram.filters import CommandStart
from aiogram.types import (
    CallbackQuery,
    Message,
)

from playground.client import Person, PlaygroundClient, PlaygroundError
from playground.server import Playground
from tests.playground.conftest import keyboard, make_bot, until


async def test_a_dispatcher_talks_to_a_persona(bot: Bot, alex: Person) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart(deep_link=True))
    async def on_start(message: Message) -> None:
        await message.answer(
            "<b>Hi</b> 🚗 there", parse_mode="HTML", reply_markup=keyboard({"Go": "go"})
        )

    @dispatcher.callback_query()
    async def on_tap(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.message.edit_text("Gone")
        await query.answer("Done!")

    running = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    await alex.start("ref_1")
    greeting = await alex.wait_text("Hi")
    assert greeting["text"] == "Hi 🚗 there"
    assert greeting["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    toast = await alex.toast(await alex.click_text(greeting, "Go"))
    assert toast["text"] == "Done!"
    assert toast["show_alert"] is False
    gone = await alex.wait_text("Gone")
    assert gone["message_id"] == greeting["message_id"]
    assert "reply_markup" not in gone
    await dispatcher.stop_polling()
    await running


async def test_updates_wait_until_they_are_confirmed(bot: Bot, alex: Person) -> None:
    await alex.send("one")
    await alex.send("two")
    updates = await bot.get_updates()
    assert [u.message.text for u in updates if u.message] == ["/start", "one", "two"]
    assert updates[0].message
    assert updates[0].message.entities
    assert updates[0].message.entities[0].type == "bot_command"
    assert await bot.get_updates() == updates
    assert await bot.get_updates(offset=-1) == updates[-1:]
    assert await bot.get_updates(offset=updates[-1].update_id + 1) == []
    await alex.send("three")
    (update,) = await bot.get_updates(timeout=5)
    assert update.update_id == updates[-1].update_id + 1


async def test_the_older_of_two_pollers_is_sent_away(
    pg: Playground, bot: Bot, client: PlaygroundClient
) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await until_polled(client)
    async with make_bot(pg.url) as other:
        second = asyncio.create_task(other.get_updates(timeout=1))
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
            await first
        assert await second == []


async def until_polled(client: PlaygroundClient) -> None:
    await until(lambda: client.log(method="getUpdates"))


async def test_a_webhook_sends_a_poller_away(bot: Bot, client: PlaygroundClient) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await until_polled(client)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook"):
        await bot.get_updates()
    await bot.set_webhook("")
    assert await bot.get_updates() == []


async def test_unknown_and_not_modified_and_blocked(
    bot: Bot, client: PlaygroundClient, alex: Person
) -> None:
    message = await bot.send_message(102, "Same", reply_markup=keyboard({"Go": "x"}))
    with pytest.raises(TelegramBadRequest, match="message is not modified: specified new"):
        await bot.edit_message_text(
            text="Same",
            chat_id=102,
            message_id=message.message_id,
            reply_markup=keyboard({"Go": "x"}),
        )
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(555, "Hi")
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation with a user"):
        await bot.send_message(101, "Hi")
    await alex.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(102, "Hi")
    with pytest.raises(PlaygroundError, match="403"):
        await alex.send("Anyone?")
    (change,) = [u.my_chat_member for u in await bot.get_updates() if u.my_chat_member]
    assert change.new_chat_member.status == "kicked"
    await alex.start()
    assert await bot.send_message(102, "Welcome back")


async def test_reactions_reach_a_bot_that_asks_for_them(bot: Bot, alex: Person) -> None:
    message = await bot.send_message(102, "React!")
    await bot.get_updates(allowed_updates=["message_reaction"])
    await alex.react(message.message_id, "👍")
    updates = await bot.get_updates(timeout=2)
    (reaction,) = [u.message_reaction for u in updates if u.message_reaction]
    assert [one.model_dump() for one in reaction.new_reaction] == [{"type": "emoji", "emoji": "👍"}]
    edit = await alex.wait_event("edit")
    assert edit["message"]["reactions"] == [{"user_id": 102, "emoji": "👍"}]


async def test_any_update_can_be_brought(bot: Bot, alex: Person, client: PlaygroundClient) -> None:
    chat = {"id": alex.id, "type": "private"}
    sender = {"id": alex.id, "is_bot": False, "first_name": "Alex"}
    sent = await client.bring("message", chat=chat, sender=sender, text="brought")
    edit = {**sent, "sender": sent.pop("from"), "text": "brought and edited", "edit_date": 1}
    await client.bring("edited_message", **{k: v for k, v in edit.items() if k != "from"})
    await client.bring("channel_post", message_id=1, date=0, chat={"id": -5, "type": "channel"})
    _, first, second, third = await bot.get_updates()
    assert first.message is not None
    assert second.edited_message is not None
    assert first.message.message_id == second.edited_message.message_id
    assert third.channel_post is not None
    again = await client.persona(alex.id)
    shown = (await again.wait_event("snapshot"))["chat"]["messages"]
    assert [message["text"] for message in shown] == ["/start", "brought and edited"]
    with pytest.raises(PlaygroundError, match="neither a chat nor a user"):
        await client.bring("message", text="of nobody")
