"""A bot written with python-telegram-bot, on the playground."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LabeledPrice,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    PreCheckoutQueryHandler,
    filters,
)

from playground.client import PlaygroundClient
from playground.server import Playground
from tests.playground.conftest import TOKEN
from tests.playground.outsiders import call_in, rich, subscribe, talk
from tests.playground.test_files import png
from tests.playground.test_webhook import HEADER, SECRET, serving

Context = ContextTypes.DEFAULT_TYPE


async def on_start(update: Update, context: Context) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    await update.message.reply_html("Hello <b>Alex</b> 🚗", reply_markup=markup)


async def on_more(update: Update, context: Context) -> None:
    await update.callback_query.answer("Sure")
    await update.callback_query.edit_message_text("Edited")


async def tell_rich(context: Context, method: str, mm: int, **where: int) -> None:
    blocks = [
        {"type": "heading", "text": "Brakes", "size": 2},
        {"type": "paragraph", "text": ["Change at ", {"type": "bold", "text": f"{mm} mm"}]},
        {"type": "buttons", "buttons": [{"text": "More", "callback_data": "rich"}]},
    ]
    await context.bot.do_api_request(method, {**where, "rich_message": {"blocks": blocks}})


async def on_rich(update: Update, context: Context) -> None:
    message = update.callback_query.message
    await update.callback_query.answer()
    where = {"chat_id": message.chat.id, "message_id": message.message_id}
    await tell_rich(context, "editMessageText", 4, **where)


async def on_word(update: Update, context: Context) -> None:
    message = update.message
    match message.text:
        case "photo":
            await message.reply_photo(png(1, 1), caption="Photo")
        case "document":
            await message.reply_document(b"paper", filename="文.txt", caption="Document")
        case "invoice":
            price = [LabeledPrice("Course", 5)]
            await message.reply_invoice("Course", "On tyres", "course:1", "XTR", price)
        case "plan":
            price = [LabeledPrice("A month", 300)]
            month = timedelta(days=30)
            link = await context.bot.create_invoice_link(
                "All", "Of all", "plan:all", "XTR", price, subscription_period=month
            )
            await message.reply_text(link)
        case "wrong":
            try:
                await message.reply_text("x" * 4097)
            except BadRequest as error:
                await message.reply_text(f"Refused 400: Bad Request: {error.message.lower()}")
        case "rich":
            await tell_rich(context, "sendRichMessage", 3, chat_id=message.chat_id)
        case "which?":
            # The library knows no rich messages yet, and keeps apart what it doesn't know.
            replied = message.reply_to_message.api_kwargs["rich_message"]
            await message.reply_text(f"That was a {replied['blocks'][0]['type']}")
        case "wrong rich":
            wrong = {"chat_id": message.chat_id, "rich_message": {"markdown": "[a](/b.md)"}}
            try:
                await context.bot.do_api_request("sendRichMessage", wrong)
            except BadRequest as error:
                await message.reply_text(f"Refused 400: {error.message.upper()}")
        case "delete":
            await (await message.reply_text("Not for long")).delete()


async def on_guest(update: Update, context: Context) -> None:
    content = InputTextMessageContent(f"You asked: {update.guest_message.text}")
    result = InlineQueryResultArticle("1", "Answer", content)
    await context.bot.answer_guest_query(update.guest_message.guest_query_id, result)


async def on_document(update: Update, context: Context) -> None:
    file = await update.message.document.get_file()
    data = bytes(await file.download_as_bytearray())
    await update.message.reply_text(f"Got {len(data)} bytes: {data.decode()}")


async def on_checkout(update: Update, context: Context) -> None:
    await update.pre_checkout_query.answer(ok=True)


async def on_paid(update: Update, context: Context) -> None:
    paid = update.message.successful_payment
    words = f"Paid {paid.total_amount} {paid.currency} for {paid.invoice_payload}"
    await update.message.reply_text(words)


def made(url: str) -> Any:
    builder = ApplicationBuilder().token(TOKEN)
    return builder.base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()


@asynccontextmanager
async def running(url: str, way: str) -> AsyncIterator[None]:
    app: Application[Any, Any, Any, Any, Any, Any] = made(url)
    app.add_handlers(
        [
            CommandHandler("start", on_start),
            CallbackQueryHandler(on_more, "more"),
            CallbackQueryHandler(on_rich, "rich"),
            MessageHandler(filters.UpdateType.GUEST_MESSAGE, on_guest),
            MessageHandler(filters.TEXT, on_word),
            MessageHandler(filters.Document.ALL, on_document),
            PreCheckoutQueryHandler(on_checkout),
            MessageHandler(filters.SUCCESSFUL_PAYMENT, on_paid),
        ]
    )

    async def take(request: web.Request) -> web.Response:
        assert request.headers[HEADER] == SECRET
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return web.Response()

    server = web.Application()
    server.router.add_post("/hook", take)
    async with app, serving(server) as hook:
        await app.start()
        if way == "polling":
            await app.updater.start_polling(timeout=2)
        else:
            await app.bot.set_webhook(f"{hook}/hook", secret_token=SECRET)
        yield
        if way == "polling":
            await app.updater.stop()
        else:
            await app.bot.delete_webhook()
        await app.stop()


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_python_telegram_bot(pg: Playground, way: str) -> None:
    async with running(pg.url, way), PlaygroundClient(pg.url) as client:
        await client.wait_for_bot()
        alex = await client.persona(102)
        await talk(alex, client)
        await rich(alex)
        await subscribe(alex, client)
        await call_in(alex, client)


async def test_its_errors_are_the_ones_it_knows(pg: Playground) -> None:
    """Other libraries tell errors apart by Telegram's codes and words."""
    async with made(pg.url) as app, PlaygroundClient(pg.url) as client:
        person = await client.persona(102)
        await person.start()
        with pytest.raises(BadRequest, match="Chat not found"):
            await app.bot.send_message(5, "x")
        await client.fault("429", method="sendMessage", retry_after=3, times=1)
        with pytest.raises(RetryAfter):
            await app.bot.send_message(102, "x")
        await person.block()
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await app.bot.send_message(102, "x")
        await app.bot.set_webhook("http://127.0.0.1:9/")
        with pytest.raises(Conflict):
            await app.bot.get_updates()
        stranger = ApplicationBuilder().token("4242:wrong").base_url(f"{pg.url}/bot").build()
        with pytest.raises(InvalidToken):
            await stranger.initialize()
