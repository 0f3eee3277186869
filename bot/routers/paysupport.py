"""/paysupport: a person's orders, a word to the admins about them, and the admins' answer."""

import logging

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.formatting import spelled_out
from bot.people import Person
from bot.texts import Markup, Texts, language_of
from storage.database import Database
from storage.models import Order, User
from storage.repositories import orders, users

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
        told = await _tell_admins(bot, person, words, database)
        await message.answer(texts("paysupport-sent" if told else "paysupport-nobody"))
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


async def _tell_admins(bot: Bot, person: Person, words: str, database: Database) -> bool:
    """Whether at least one admin has it."""
    async with database.read() as session:
        admins = [await session.get_one(User, i) for i in await users.with_roles(session, "admin")]
    told = False
    for admin in admins:
        texts = Texts(language_of(admin.language, admin.telegram_language))
        lines = await order_lines(person.id, texts, database)
        html = texts.html(
            "paysupport-request",
            name=person.row.first_name,
            user=str(person.id),
            text=words,
            orders=Markup("\n".join(lines) or "—"),
        )
        try:
            await bot.send_message(admin.id, html)
            told = True
        except TelegramAPIError as error:
            log.warning("Admin %s was not told of a payment problem: %s", admin.id, error)
    return told
