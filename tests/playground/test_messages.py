"""Texts, keyboards, edits and what else happens to messages."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    ForceReply,
    KeyboardButton,
    LinkPreviewOptions,
    MenuButtonWebApp,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    WebAppInfo,
)

from playground.client import Person, PlaygroundClient
from playground.plain import plain
from tests.playground.conftest import Time, keyboard

ALEX = 102


async def test_a_message_comes_back_whole_and_is_seen(bot: Bot, alex: Person) -> None:
    sent = await bot.send_message(
        ALEX,
        "Your car 🚗: <a href='https://example.com/a?b=1&amp;c=2'>read</a> /help",
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=keyboard({"Yes": "y", "No": "n"}, {"Later": "l"}),
        protect_content=True,
    )
    assert sent.from_user
    assert sent.from_user.is_bot
    assert sent.from_user.can_join_groups is None  # told only in getMe
    assert (await bot.get_me()).can_join_groups is True
    assert sent.chat.type == "private"
    assert sent.chat.first_name == "Alex"
    assert sent.html_text.startswith(
        'Your car 🚗: <a href="https://example.com/a?b=1&c=2">read</a>'
    )
    assert [(e.type, e.offset, e.length) for e in sent.entities or []] == [
        ("text_link", 13, 4),
        ("bot_command", 18, 5),
    ]
    seen = await alex.wait_text("Your car")
    assert seen == plain(sent)


async def test_edits_change_text_entities_and_buttons(bot: Bot, alex: Person, time: Time) -> None:
    sent = await bot.send_message(ALEX, "One", reply_markup=keyboard({"A": "a"}))
    time.passed += 5
    edited = await bot.edit_message_text(
        text="*Two*", parse_mode="MarkdownV2", chat_id=ALEX, message_id=sent.message_id
    )
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("Two", None)
    assert edited.edit_date == int(sent.date.timestamp()) + 5
    again = await bot.edit_message_reply_markup(
        chat_id=ALEX, message_id=sent.message_id, reply_markup=keyboard({"B": "b"})
    )
    assert isinstance(again, Message)
    assert plain(again.reply_markup) == plain(keyboard({"B": "b"}))
    seen = await alex.wait_for(lambda e: e.name == "edit" and "reply_markup" in e.data["message"])
    assert seen.data["message"]["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_reply_markup(
            chat_id=ALEX, message_id=sent.message_id, reply_markup=keyboard({"B": "b"})
        )


async def test_deleted_messages_are_gone(bot: Bot, alex: Person, time: Time) -> None:
    first, second, third = [await bot.send_message(ALEX, text) for text in "abc"]
    await bot.delete_message(ALEX, first.message_id)
    await bot.delete_messages(ALEX, [second.message_id, second.message_id, 999_999])
    await alex.wait_for(lambda e: e.data == {"message_ids": [second.message_id]})
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(ALEX, first.message_id)
    time.passed += 49 * 3600
    with pytest.raises(TelegramBadRequest, match="message can't be deleted for everyone"):
        await bot.delete_message(ALEX, third.message_id)


async def test_replies_quote_and_need_their_message(bot: Bot, alex: Person) -> None:
    said = await alex.send("Which tyres 🛞 for winter?")
    number = said["message_id"]
    reply = await bot.send_message(
        ALEX, "These", reply_parameters=ReplyParameters(message_id=number, quote="for winter")
    )
    assert reply.reply_to_message
    assert reply.reply_to_message.message_id == number
    assert reply.quote
    assert reply.quote.position == 15
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(ALEX, "These", reply_parameters=ReplyParameters(message_id=99_999))
    lenient = ReplyParameters(message_id=99_999, allow_sending_without_reply=True)
    assert (await bot.send_message(ALEX, "x", reply_parameters=lenient)).reply_to_message is None
    answer = await alex.send("And summer?", reply_to=reply.message_id)
    assert answer["reply_to_message"]["text"] == "These"


async def test_reply_keyboards_come_and_go(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    buttons = ReplyKeyboardMarkup(
        keyboard=[[KeyboardButton(text="Phone", request_contact=True), KeyboardButton(text="No")]],
        resize_keyboard=True,
    )
    await bot.send_message(ALEX, "Call you?", reply_markup=buttons)
    shown = await alex.wait_event("reply_keyboard")
    assert shown["markup"]["keyboard"][0][0] == {"text": "Phone", "request_contact": True}
    contact = await alex.contact()
    assert contact["contact"]["user_id"] == ALEX
    assert (await alex.location(31.2, 121.5))["location"]["latitude"] == 31.2
    again = await client.persona(ALEX)
    chat = (await again.wait_event("snapshot"))["chat"]
    assert chat["reply_keyboard"] == shown["markup"]
    mark = alex.now
    await bot.send_message(ALEX, "Fine", reply_markup=ReplyKeyboardRemove(remove_keyboard=True))
    assert (await alex.wait_event("reply_keyboard", since=mark))["markup"] is None
    mark = alex.now
    await bot.send_message(ALEX, "Name?", reply_markup=ForceReply(force_reply=True))
    assert (await alex.wait_event("reply_keyboard", since=mark))["markup"]["force_reply"] is True


async def test_copies_lose_their_origin_and_forwards_keep_it(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    lin = await client.persona(101)
    await lin.start()
    said = await alex.send("Look at https://example.com/x")
    copy = await bot.copy_message(101, ALEX, said["message_id"])
    seen = await lin.wait_text("Look at")
    assert seen["message_id"] == copy.message_id
    assert "forward_origin" not in seen
    assert seen["entities"][0]["type"] == "url"
    forward = await bot.forward_message(101, ALEX, said["message_id"])
    assert forward.forward_origin
    assert forward.forward_origin.model_dump()["sender_user"]["id"] == ALEX
    secret = await bot.send_message(ALEX, "Keep this", protect_content=True)
    with pytest.raises(TelegramBadRequest, match="message can't be forwarded"):
        await bot.forward_message(101, ALEX, secret.message_id)
    both = await bot.copy_messages(101, ALEX, [said["message_id"], 99_999, secret.message_id])
    assert len(both) == 2
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text(text="x", chat_id=101, message_id=forward.message_id)


async def test_pins_actions_and_drafts_are_on_screen(
    bot: Bot, alex: Person, client: PlaygroundClient, time: Time
) -> None:
    await bot.send_chat_action(ALEX, "typing")
    assert (await alex.wait_event("action")) == {"action": "typing", "seconds": 5}
    assert await bot.send_message_draft(ALEX, draft_id=7, text="<b>Thin", parse_mode=None)
    await bot.send_message_draft(ALEX, draft_id=7, text="<b>Think</b>ing", parse_mode="HTML")
    draft = await alex.wait_for(lambda e: e.name == "draft" and e.data["text"] == "Thinking")
    assert draft.data["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    now = (await (await client.persona(ALEX)).wait_event("snapshot"))["chat"]
    assert (now["draft"]["draft_id"], now["action"]) == (7, "typing")
    time.passed += 31
    later = (await (await client.persona(ALEX)).wait_event("snapshot"))["chat"]
    assert (later["draft"], later["action"]) == (None, None)
    await bot.send_message_draft(ALEX, draft_id=8, text="")
    message = await bot.send_message(ALEX, "Thought")
    after = (await (await client.persona(ALEX)).wait_event("snapshot"))["chat"]
    assert after["draft"] is None
    await bot.pin_chat_message(ALEX, message.message_id)
    pinned = (await bot.get_chat(ALEX)).pinned_message
    assert isinstance(pinned, Message)
    assert pinned.text == "Thought"
    assert (await alex.wait_event("pinned")) == {"pinned": [message.message_id]}
    await bot.unpin_all_chat_messages(ALEX)
    assert (await bot.get_chat(ALEX)).pinned_message is None


async def test_commands_by_scope_and_language(bot: Bot, alex: Person) -> None:
    def one(text: str) -> list[BotCommand]:
        return [BotCommand(command="go", description=text)]

    async def shown(text: str) -> None:
        await alex.wait_for(
            lambda e: (
                e.name == "commands" and [c["description"] for c in e.data["commands"]] == [text]
            )
        )

    await bot.set_my_commands(one("default"))
    await shown("default")
    await bot.set_my_commands(one("english"), language_code="en")
    await shown("english")
    await bot.set_my_commands(one("private"), scope=BotCommandScopeAllPrivateChats())
    await shown("private")
    chat = BotCommandScopeChat(chat_id=ALEX)
    await bot.set_my_commands(one("alex"), scope=chat)
    await shown("alex")
    assert plain(await bot.get_my_commands(scope=chat)) == plain(one("alex"))
    assert await bot.get_my_commands(language_code="zh") == []
    await bot.delete_my_commands(scope=chat)
    assert await bot.get_my_commands(scope=chat) == []
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.set_my_commands(one("x"), scope=BotCommandScopeChat(chat_id=5))
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="No way", description="x")])


async def test_the_bot_describes_itself(bot: Bot, alex: Person) -> None:
    button = MenuButtonWebApp(text="Shop", web_app=WebAppInfo(url="https://example.com"))
    await bot.set_chat_menu_button(ALEX, button)
    assert plain(await bot.get_chat_menu_button(ALEX)) == plain(button)
    assert (await bot.get_chat_menu_button()).type == "commands"
    await bot.set_my_name("车知")
    await bot.set_my_name("Chezhi", language_code="en")
    assert (await bot.get_my_name()).name == "车知"
    assert (await bot.get_my_name(language_code="en")).name == "Chezhi"
    assert (await bot.get_me()).first_name == "车知"
    await bot.set_my_description("All about cars")
    assert (await bot.get_my_description(language_code="zh")).description == "All about cars"
    await bot.set_my_short_description("Cars")
    assert (await bot.get_my_short_description()).short_description == "Cars"
    member = await bot.get_chat_member(ALEX, ALEX)
    assert member.status == "member"
    assert await bot.get_chat_member_count(ALEX) == 2
    assert (await bot.get_user_profile_photos(ALEX)).total_count == 0


async def test_places_and_dice(bot: Bot, alex: Person) -> None:
    venue = await bot.send_venue(ALEX, 31.2, 121.5, "Track", "1 Ring Road")
    assert venue.venue
    assert venue.venue.location.latitude == 31.2
    assert (await bot.send_location(ALEX, 1.5, 2.5)).location
    assert (await bot.send_contact(ALEX, "+86100", "Desk")).contact
    dice = (await bot.send_dice(ALEX, emoji="🏀")).dice
    assert dice
    assert 1 <= dice.value <= 5
