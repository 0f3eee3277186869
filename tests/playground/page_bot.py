"""A small bot that shows everything that the chat page can render."""

from __future__ import annotations

import asyncio
import struct
import zlib

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    EphemeralMessageParameters,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    KeyboardButton,
    LabeledPrice,
    Message,
    MessageGenerationStopped,
    PreCheckoutQuery,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)

RICH = (
    "<b>Bold <i>and italic</i></b>, <u>under</u>, <s>struck</s>, <code>code()</code> "
    "<tg-spoiler>hidden</tg-spoiler> 🚗🚗 <a href='https://example.com/a'>a link</a> #tag\n"
    "<pre><code class='language-python'>print(1 &lt; 2)</code></pre>"
    "<blockquote>A quote</blockquote>"
    "<blockquote expandable>one\ntwo\nthree\nfour\nfive</blockquote>"
    "&lt;img src=x onerror=alert(1)&gt;"
)
COMMANDS = [
    BotCommand(command="rich", description="Show every kind of text"),
    BotCommand(command="photo", description="Send a photo"),
    BotCommand(command="buy", description="Buy a lesson"),
]


def png(width: int, height: int) -> bytes:
    """An evening sky."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            down = y / height
            hill = y > height * (0.72 + 0.1 * ((x / width - 0.4) ** 2) * 4)
            rows += bytes(
                (30, 52, 60) if hill else (int(70 + 180 * down), int(110 + 50 * down), 190)
            )

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def inline(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=list(rows))


def router() -> Router:
    """A new router each time, since a router joins one dispatcher only."""
    routes = Router()
    for register in (_talk, _stops, _groups, _keyboards, _files, _money):
        register(routes)
    return routes


def _talk(routes: Router) -> None:
    @routes.message(CommandStart())
    async def start(message: Message, command: CommandObject) -> None:
        await message.answer(f"Welcome, payload={command.args or 'none'}")

    @routes.message(Command("rich"))
    async def rich(message: Message) -> None:
        await message.answer(RICH, parse_mode="HTML")

    @routes.message(Command("link"))
    async def link(message: Message, bot: Bot) -> None:
        me = await bot.me()
        await message.answer(f"Open https://t.me/{me.username}?start=from_link or /rich")

    @routes.message(Command("draft"))
    async def draft(message: Message, bot: Bot) -> None:
        drafts = ("", "Winter tyres", "Winter tyres grip below 7 °C")
        for text in drafts[: int((message.text or "").split()[1])]:
            await bot.send_message_draft(chat_id=message.chat.id, draft_id=7, text=text)

    @routes.message(Command("say"))
    async def say(message: Message) -> None:
        text = (message.text or "").partition(" ")[2]
        await message.answer(text, reply_parameters=ReplyParameters(message_id=message.message_id))

    @routes.message(Command("typing"))
    async def typing(message: Message, bot: Bot) -> None:
        await bot.send_chat_action(message.chat.id, "typing")

    @routes.message(Command("quiz"))
    async def quiz(message: Message) -> None:
        await message.answer_poll(
            "Which tyre wears most on a front-wheel drive?",
            ["Front", "Rear"],
            type="quiz",
            correct_option_id=0,
            explanation="The front tyres steer, drive and brake.",
        )

    @routes.message(Command("poll"))
    async def poll(message: Message) -> None:
        await message.answer_poll(
            "What do you drive?", ["Petrol", "Hybrid", "Electric"], allows_multiple_answers=True
        )


def _stops(routes: Router) -> None:
    @routes.message(Command("think"))
    async def think(message: Message, command: CommandObject, bot: Bot) -> None:
        keep = command.args == "keep"
        for text in ("", "Winter tyres grip", "Winter tyres grip below 7 °C, for their rubber"):
            await bot.send_message_draft(
                message.chat.id, 9, text=text, can_stop=True, keep_on_stop=keep
            )

    @routes.stopped_message_generation()
    async def stopped(update: MessageGenerationStopped, bot: Bot) -> None:
        if update.draft_id == 9:
            await bot.send_chat_action(update.chat.id, "typing")


def _groups(routes: Router) -> None:
    @routes.message(Command("hello"))
    async def hello(message: Message) -> None:
        await message.answer(
            "Whose turn is it to <b>drive</b>?",
            parse_mode="HTML",
            reply_markup=inline(
                [InlineKeyboardButton(text="My turn?", callback_data="whisper")],
                [InlineKeyboardButton(text="Here instead", callback_data="replace")],
            ),
        )

    @routes.message(Command("mine"))
    async def mine(message: Message) -> None:
        await message.reply("Your bookings: none yet")

    @routes.callback_query(F.data.in_({"whisper", "replace", "again"}))
    async def whisper(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        if query.data == "again":
            await query.message.edit_ephemeral_text("Still yours, tomorrow at nine")
        else:
            to = EphemeralMessageParameters(
                receiver_user_id=query.from_user.id,
                callback_query_id=query.id,
                replace_callback_query_message=query.data == "replace",
            )
            await query.message.answer(
                "Yours, tomorrow",
                reply_markup=inline([InlineKeyboardButton(text="Sure?", callback_data="again")]),
                ephemeral_message_parameters=to,
            )
        await query.answer()

    @routes.guest_message()
    async def guest(message: Message) -> None:
        content = InputTextMessageContent(message_text="Every two years, says the manual [1]")
        result = InlineQueryResultArticle(id="1", title="A", input_message_content=content)
        await message.answer_guest_query(result)


def _keyboards(routes: Router) -> None:
    @routes.message(Command("buttons"))
    async def buttons(message: Message) -> None:
        call = InlineKeyboardButton
        await message.answer(
            "Choose",
            reply_markup=inline(
                [
                    call(text="Toast", callback_data="toast"),
                    call(text="Alert", callback_data="alert"),
                ],
                [
                    call(text="Edit", callback_data="edit"),
                    call(text="Delete", callback_data="delete"),
                ],
                [
                    call(text="Site", url="https://example.com/"),
                    call(text="Copy", copy_text=CopyTextButton(text="CHEZHI10")),
                ],
            ),
        )

    @routes.callback_query()
    async def tapped(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        if query.data == "edit":
            await query.message.edit_text("Now <b>edited</b>", parse_mode="HTML")
        if query.data == "delete":
            await query.message.delete()
        await query.answer(f"You chose {query.data}", show_alert=query.data == "alert")

    @routes.message(Command("keys"))
    async def keys(message: Message) -> None:
        rows = [
            [KeyboardButton(text="Yes"), KeyboardButton(text="No")],
            [KeyboardButton(text="My phone", request_contact=True)],
        ]
        markup = ReplyKeyboardMarkup(
            keyboard=rows, resize_keyboard=True, input_field_placeholder="Yes or no?"
        )
        await message.answer("Own a car?", reply_markup=markup)

    @routes.message(F.text == "Yes")
    async def yes(message: Message) -> None:
        await message.answer("Noted: Yes", reply_markup=ReplyKeyboardRemove())

    @routes.message(Command("ask"))
    async def ask(message: Message) -> None:
        await message.answer("Your city?", reply_markup=ForceReply(input_field_placeholder="City"))


def _files(routes: Router) -> None:
    @routes.message(Command("photo"))
    async def photo(message: Message) -> None:
        picture = await asyncio.to_thread(png, 480, 300)
        await message.answer_photo(
            BufferedInputFile(picture, "sky.png"), caption="Evening <b>sky</b>", parse_mode="HTML"
        )

    @routes.message(Command("file"))
    async def file(message: Message) -> None:
        await message.answer_document(BufferedInputFile(b"a,b\n1,2\n", "prices.csv"))

    @routes.message(F.photo)
    async def got_photo(message: Message) -> None:
        assert message.photo
        await message.answer(f"Photo {message.photo[-1].width}x{message.photo[-1].height}")

    @routes.message(F.document)
    async def got_file(message: Message, bot: Bot) -> None:
        assert message.document
        data = await bot.download(message.document)
        assert data
        size = len(data.read())
        await message.answer(f"File {message.document.file_name}, {size} bytes, {message.caption}")


def _money(routes: Router) -> None:
    @routes.message(Command("buy", "sold_out"))
    async def buy(message: Message, command: CommandObject) -> None:
        await message.answer_invoice(
            title="Winter driving",
            description="Three lessons on snow and ice",
            payload=command.command,
            currency="XTR",
            prices=[LabeledPrice(label="Course", amount=50)],
        )

    @routes.message(Command("plan"))
    async def plan(message: Message, bot: Bot) -> None:
        price = [LabeledPrice(label="A month", amount=300)]
        link = await bot.create_invoice_link(
            "All courses",
            "Every lesson, every month",
            "buy",
            "XTR",
            price,
            subscription_period=2_592_000,
        )
        button = InlineKeyboardButton(text="Join for ⭐ 300 a month", url=link)
        await message.answer(f"The plan: {link}", reply_markup=inline([button]))

    @routes.pre_checkout_query()
    async def check(query: PreCheckoutQuery) -> None:
        good = query.invoice_payload == "buy"
        await query.answer(ok=good, error_message=None if good else "Sold out")

    @routes.message(F.successful_payment)
    async def paid(message: Message) -> None:
        await message.answer("Thank you for your payment")
