"""/paysupport: a person's orders, a word to the admins about them, and the admins' answer."""

import logging
from datetime import datetime

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.chats import spelled_out
from bot.people import Person
from storage.database import Database
from storage.models import Order, User
from storage.repositories import orders, support, users
from wording.texts import Markup, Texts, language_of

log = logging.getLogger(__name__)
router = Router(name="paysupport")

SHOWN = 20
# Leaves room for the orders below it in one message.
MAX_WORDS = 1000


@router.message(Command("paysupport"))
async def paysupport(
    message: Message,
    command: CommandObject,
    bot: Bot,
    person: Person,
    texts: Texts,
    database: Database,
) -> None:
    words = (command.args or "").strip()
    if len(words) > MAX_WORDS:
        await message.answer(texts("too-long"))
    elif words:
        async with database.write() as session:
            await support.keep(session, person.id, words, person.now)
        told = await tell_admins(bot, database, person.now)
        await message.answer(texts("paysupport-sent" if told else "paysupport-kept"))
    else:
        listed = await order_lines(person.id, texts, database)
        head = [texts("paysupport-orders"), *listed] if listed else []
        await message.answer("\n".join([texts("paysupport"), *head]))


@router.message(Command("reply"))
async def reply(
    message: Message, bot: Bot, person: Person, texts: Texts, database: Database
) -> None:
    """An admin's answer to a person who wrote to /paysupport."""
    if not person.is_admin:
        await message.answer(texts("not-allowed"))
        return
    said = spelled_out(message.text or "", message.entities).split(maxsplit=2)
    user_id, words = said[1] if said[1:] else "", said[2] if said[2:] else ""
    async with database.read() as session:
        known = user_id.isdecimal() and len(user_id) < 19
        user = await users.get(session, int(user_id)) if known else None
    if user is None or not words.strip():
        await message.answer(texts("reply-usage"))
        return
    theirs = Texts(language_of(user.language, user.telegram_language))
    try:
        await bot.send_message(user.id, theirs.html("paysupport-reply", text=words.strip()))
    except TelegramAPIError as error:
        await message.answer(texts.html("reply-failed", reason=str(error)))
        return
    await message.answer(texts("reply-sent"))


async def order_lines(user_id: int, texts: Texts, database: Database) -> list[Markup]:
    """What a person paid for, newest first, as HTML lines."""
    async with database.read() as session:
        bought = await orders.owned(session, user_id, Order.price_stars > 0)
    return [
        Markup(
            texts.html(
                "paysupport-order",
                order=order.id,
                title=texts.pick(item.title),
                stars=order.price_stars,
            )
        )
        for order, item in bought[:SHOWN]
    ]


async def tell_admins(bot: Bot, database: Database, now: datetime) -> bool:
    """Tells the admins what waits for them, oldest first; False while something still waits."""
    async with database.read() as session:
        waiting = await support.waiting(session)
        admins = [await session.get_one(User, i) for i in await users.with_roles(session, "admin")]
    for words in waiting:
        async with database.read() as session:
            writer = await users.get(session, words.user_id)
        if writer is None:
            continue
        told = [await _tell(bot, admin, writer, words.text, database) for admin in admins]
        if not any(told):
            return False
        async with database.write() as session:
            await support.told(session, words.id, now)
    return True


async def _tell(bot: Bot, admin: User, writer: User, words: str, database: Database) -> bool:
    """Whether the admin has it."""
    texts = Texts(language_of(admin.language, admin.telegram_language))
    lines = await order_lines(writer.id, texts, database)
    html = texts.html(
        "paysupport-request",
        name=writer.first_name,
        user=str(writer.id),
        text=words,
        orders=Markup("\n".join(lines) or "—"),
    )
    try:
        await bot.send_message(admin.id, html)
    except TelegramAPIError as error:
        log.warning("Admin %s was not told of a payment problem: %s", admin.id, error)
        return False
    return True
