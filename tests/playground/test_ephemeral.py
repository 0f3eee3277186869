"""What only one member of a group sees."""

from dataclasses import dataclass
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChatMember,
    BufferedInputFile,
    CallbackQuery,
    EphemeralMessageParameters,
    InputMediaPhoto,
    InputRichMessage,
    Message,
    ReplyParameters,
)

from playground.client import Person, PlaygroundClient, PlaygroundError
from tests.playground.conftest import Call, Time, keyboard
from tests.playground.test_files import png

RECOMMEND = BotCommand(command="recommend", description="For you", is_ephemeral=True)


@dataclass
class Drivers:
    """A group of three, as everybody sees it, and as each of two does."""

    bot: Bot
    client: PlaygroundClient
    group: Person
    ann: Person
    bob: Person
    of_ann: Person
    of_bob: Person

    async def update(self) -> Any:
        """The newest update, and none is left."""
        updates = await self.bot.get_updates(timeout=2)
        await self.bot.get_updates(offset=updates[-1].update_id + 1)
        return updates[-1]

    async def tapped(self) -> CallbackQuery:
        """Ann taps a button that all see."""
        sent = await self.bot.send_message(self.group.id, "Ask", reply_markup=keyboard({"Me": "m"}))
        await self.group.tap(self.ann, {"message_id": sent.message_id}, "m")
        query = (await self.update()).callback_query
        assert isinstance(query, CallbackQuery)
        return query

    async def whisper(self) -> Message:
        """Ann gives an ephemeral command."""
        await self.bot.set_my_commands([RECOMMEND], BotCommandScopeAllGroupChats())
        await self.group.say(self.ann, "/recommend")
        message = (await self.update()).message
        assert isinstance(message, Message)
        return message

    def to_ann(self, **more: Any) -> EphemeralMessageParameters:
        return EphemeralMessageParameters(receiver_user_id=self.ann.id, **more)

    async def nobody_else_saw(self, part: str) -> None:
        """What all see is told in order, so a last word shows that nothing came before."""
        await self.group.say(self.bob, "last word")
        for view in (self.group, self.of_bob, self.ann, self.bob):
            if view in (self.group, self.of_bob):
                await view.wait_for(lambda e: "last word" in str(e.data))
            assert part not in str([event.data for event in view.seen])


@pytest.fixture
async def drivers(bot: Bot, client: PlaygroundClient) -> Drivers:
    people = [await client.persona(number) for number in (101, 102, 901)]
    group = await client.group("Drivers", *people)
    views = [await client.group_as(group, member) for member in people[:2]]
    return Drivers(bot, client, group, people[0], people[1], views[0], views[1])


async def test_a_tap_is_answered_for_one_alone(drivers: Drivers) -> None:
    query = await drivers.tapped()
    to = drivers.to_ann(callback_query_id=query.id)
    await query.answer("One moment").as_(drivers.bot)
    toast = await drivers.of_ann.toast(query.id)
    assert toast["text"] == "One moment"
    sent = await drivers.bot.send_message(
        drivers.group.id, "<b>For you</b>", parse_mode="HTML", ephemeral_message_parameters=to
    )
    assert (sent.message_id, sent.ephemeral_message_id) == (0, 1)
    assert sent.receiver_user
    assert sent.receiver_user.id == drivers.ann.id
    shown = await drivers.of_ann.wait_text("For you")
    assert shown["ephemeral_message_id"] == 1
    assert shown["entities"][0]["type"] == "bold"
    photo = BufferedInputFile(png(), "a.png")
    await drivers.bot.send_photo(
        drivers.group.id, photo, caption="For you too", ephemeral_message_parameters=to
    )
    await drivers.of_ann.wait_text("For you too")
    await drivers.nobody_else_saw("For you")
    # Nothing keeps it: who opens the group again sees no more of it.
    again = await drivers.client.group_as(drivers.group, drivers.ann)
    assert "For you" not in str(again.seen[0].data)


async def test_it_may_stand_in_place_of_the_message_that_was_tapped(drivers: Drivers) -> None:
    query = await drivers.tapped()
    assert query.message
    to = drivers.to_ann(callback_query_id=query.id, replace_callback_query_message=True)
    rows = keyboard({"More": "more"})
    sent = await drivers.bot.send_message(
        drivers.group.id, "Just you", reply_markup=rows, ephemeral_message_parameters=to
    )
    event = await drivers.of_ann.wait_for(lambda e: e.name == "ephemeral")
    assert event.data["replaces"] == query.message.message_id
    await drivers.group.tap(drivers.ann, event.data["message"], "more")
    tapped = (await drivers.update()).callback_query
    assert tapped.message.ephemeral_message_id == sent.ephemeral_message_id
    to = drivers.to_ann(callback_query_id=tapped.id, replace_callback_query_message=True)
    with pytest.raises(TelegramBadRequest, match="MESSAGE_ID_INVALID"):
        await drivers.bot.send_message(drivers.group.id, "x", ephemeral_message_parameters=to)
    with pytest.raises(PlaygroundError, match="404: You see no ephemeral message 1"):
        await drivers.group.tap(drivers.bob, event.data["message"], "more")


async def test_an_ephemeral_command_reaches_the_bot_alone(drivers: Drivers) -> None:
    command = await drivers.whisper()
    assert (command.message_id, command.text) == (0, "/recommend")
    assert command.ephemeral_message_id
    assert command.receiver_user
    assert command.receiver_user.id == drivers.bot.id
    answer = await command.reply("Winter tyres").as_(drivers.bot)
    assert answer.reply_to_message
    assert answer.reply_to_message.text == "/recommend"
    shown = await drivers.of_ann.wait_text("Winter tyres")
    back = await drivers.group.say(
        drivers.ann, "Cheaper?", reply_to_ephemeral=shown["ephemeral_message_id"]
    )
    assert back["message_id"] == 0
    assert (await drivers.update()).message.text == "Cheaper?"
    await drivers.nobody_else_saw("recommend")
    # Written to another bot, or by another name, it is a message like any other.
    for text in ("/recommend@other_bot", "/recommended"):
        assert (await drivers.group.say(drivers.ann, text))["message_id"] > 0
    mine = [BotCommand(command="recommend", description="For all")]
    scope = BotCommandScopeChatMember(chat_id=drivers.group.id, user_id=drivers.ann.id)
    await drivers.bot.set_my_commands(mine, scope)
    assert (await drivers.group.say(drivers.ann, "/recommend"))["message_id"] > 0
    assert (await drivers.group.say(drivers.bob, "/recommend"))["message_id"] == 0


async def test_the_bot_changes_and_deletes_it(drivers: Drivers) -> None:
    command = await drivers.whisper()
    sent = await command.reply("One").as_(drivers.bot)
    rows = keyboard({"A": "a"})
    assert await sent.edit_ephemeral_text("Two", reply_markup=rows).as_(drivers.bot)
    edited = await drivers.of_ann.wait_text("Two")
    assert edited["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "a"
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_ephemeral_text("Two", reply_markup=rows).as_(drivers.bot)
    assert await sent.edit_ephemeral_reply_markup().as_(drivers.bot)
    media = InputMediaPhoto(media=BufferedInputFile(png(), "a.png"), caption="Three")
    assert await sent.edit_ephemeral_media(media).as_(drivers.bot)
    assert await sent.edit_ephemeral_caption("Four").as_(drivers.bot)
    await drivers.of_ann.wait_text("Four")
    assert await sent.delete_ephemeral().as_(drivers.bot)
    gone = await drivers.of_ann.wait_event("ephemeral_delete")
    assert gone == {"ephemeral_message_ids": [sent.ephemeral_message_id]}
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await sent.edit_ephemeral_text("Five").as_(drivers.bot)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await sent.delete_ephemeral().as_(drivers.bot)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await drivers.bot.delete_ephemeral_message(
            drivers.group.id, drivers.ann.id, command.ephemeral_message_id or 0
        )
    for text in ("Two", "Four"):
        await drivers.nobody_else_saw(text)


async def test_a_rich_one_and_a_text_become_each_other(drivers: Drivers) -> None:
    query = await drivers.tapped()
    table = InputRichMessage(html="<table><tr><td>Seat</td><td>12</td></tr></table>")
    sent = await drivers.bot.send_rich_message(
        drivers.group.id,
        table,
        ephemeral_message_parameters=drivers.to_ann(callback_query_id=query.id),
    )
    assert (await drivers.of_ann.wait_text("Seat"))["rich_message"]
    named = {"ephemeral_message_id": sent.ephemeral_message_id, "receiver_user_id": drivers.ann.id}
    await drivers.bot.edit_ephemeral_message_text(drivers.group.id, text="Seat 13", **named)
    assert "rich_message" not in await drivers.of_ann.wait_text("Seat 13")
    rich = InputRichMessage(html="<h3>Seat 14</h3>")
    await drivers.bot.edit_ephemeral_message_text(drivers.group.id, rich_message=rich, **named)
    assert "text" not in await drivers.of_ann.wait_text("Seat 14")
    with pytest.raises(TelegramBadRequest, match="not modified"):
        await drivers.bot.edit_ephemeral_message_text(drivers.group.id, rich_message=rich, **named)
    await drivers.nobody_else_saw("Seat")


async def test_an_administrator_needs_no_occasion(
    bot: Bot, drivers: Drivers, client: PlaygroundClient
) -> None:
    send = bot.send_message
    with pytest.raises(TelegramBadRequest, match="MESSAGE_NOT_COMMAND"):
        await send(drivers.group.id, "x", ephemeral_message_parameters=drivers.to_ann())
    group = await client.group("Staff", drivers.ann, bot_is_admin=True)
    of_ann = await client.group_as(group, drivers.ann)
    await send(group.id, "Psst", ephemeral_message_parameters=drivers.to_ann())
    await of_ann.wait_text("Psst")
    to = EphemeralMessageParameters(receiver_user_id=drivers.bob.id)
    with pytest.raises(TelegramBadRequest, match="USER_NOT_PARTICIPANT"):
        await send(group.id, "x", ephemeral_message_parameters=to)
    await drivers.ann.start()
    with pytest.raises(TelegramBadRequest, match="only in groups"):
        await send(drivers.ann.id, "x", ephemeral_message_parameters=drivers.to_ann())
    with pytest.raises(PlaygroundError, match="403: This persona isn't in the group"):
        await anext(client.events(group.id, "groups", drivers.bob.id))


async def test_fifteen_seconds_are_all_that_a_bot_has(drivers: Drivers, time: Time) -> None:
    query, command = await drivers.tapped(), await drivers.whisper()
    time.passed += 15
    await command.reply("In time").as_(drivers.bot)
    time.passed += 1
    to = drivers.to_ann(callback_query_id=query.id)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await drivers.bot.send_message(drivers.group.id, "x", ephemeral_message_parameters=to)
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await command.reply("Too late").as_(drivers.bot)
    await query.answer("A toast takes longer").as_(drivers.bot)


async def test_another_ones_tap_is_no_occasion(drivers: Drivers) -> None:
    query = await drivers.tapped()
    to = EphemeralMessageParameters(receiver_user_id=drivers.bob.id, callback_query_id=query.id)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await drivers.bot.send_message(drivers.group.id, "x", ephemeral_message_parameters=to)
    command = await drivers.whisper()
    reply = ReplyParameters(ephemeral_message_id=command.ephemeral_message_id)
    with pytest.raises(TelegramBadRequest, match="must be an ephemeral message"):
        await drivers.bot.send_message(drivers.group.id, "x", reply_parameters=reply)


async def test_the_parameters_of_10_2_count_too(drivers: Drivers, call: Call) -> None:
    query = await drivers.tapped()
    params = {"chat_id": drivers.group.id, "text": "As before", "receiver_user_id": drivers.ann.id}
    status, body = await call("sendMessage", {**params, "callback_query_id": query.id})
    assert (status, body["result"]["message_id"]) == (200, 0)
    await drivers.of_ann.wait_text("As before")


async def test_a_fault_refuses_them_and_nothing_else(drivers: Drivers) -> None:
    await drivers.client.fault("ephemeral")
    command = await drivers.whisper()
    with pytest.raises(TelegramBadRequest, match="EPHEMERAL_MESSAGES_FORBIDDEN"):
        await command.reply("x").as_(drivers.bot)
    assert (await drivers.bot.send_message(drivers.group.id, "For all")).message_id
    await drivers.client.clear_faults()
    await command.reply("y").as_(drivers.bot)
