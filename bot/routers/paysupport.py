"""/paysupport: a person's orders, a word to the admins about them, and the admins' answer."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from activities.paysupport import PaySupport, Replied, bought
from bot.chats import spelled_out
from bot.filters import May
from bot.messages import order_line
from bot.people import Person
from services.messenger import Undelivered
from storage.database import Database
from storage.repositories import users
from wording.texts import Markup, Texts

router = Router(name="paysupport")

# Leaves room for the orders below it in one message.
MAX_WORDS = 1000


@router.message(Command("paysupport"))
async def paysupport(
    message: Message,
    command: CommandObject,
    person: Person,
    texts: Texts,
    pay_support: PaySupport,
) -> None:
    words = (command.args or "").strip()
    if len(words) > MAX_WORDS:
        await message.answer(texts("too-long"))
    elif words:
        told = await pay_support.ask(person, words)
        await message.answer(texts("paysupport-sent" if told else "paysupport-kept"))
    else:
        await message.answer("\n".join([texts("paysupport"), *await order_lines(person)]))


@router.message(Command("reply"), May("reply"))
async def reply(
    message: Message, person: Person, texts: Texts, database: Database, pay_support: PaySupport
) -> None:
    """An admin's answer to a person who wrote to /paysupport."""
    said = spelled_out(message.text or "", message.entities).split(maxsplit=2)
    user_id, words = said[1] if said[1:] else "", said[2] if said[2:] else ""
    async with database.read() as session:
        known = user_id.isdecimal() and len(user_id) < 19
        user = await users.get(session, int(user_id)) if known else None
    if user is None or not words.strip():
        await message.answer(texts("reply-usage"))
        return
    try:
        await pay_support.messenger.send(user.id, Replied(words.strip()))
    except Undelivered as error:
        await message.answer(texts.html("reply-failed", reason=str(error)))
        return
    await message.answer(texts("reply-sent"))


async def order_lines(person: Person) -> list[Markup]:
    """What the person paid for, as HTML lines below a heading; none where there is nothing."""
    listed = await bought(person.database, person.id)
    lines = [order_line(order, item, person.texts) for order, item in listed]
    return [Markup(person.texts("paysupport-orders")), *lines] if lines else []
