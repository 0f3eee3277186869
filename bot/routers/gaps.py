"""/gaps, for editors and admins: what people ask that the knowledge base lacks."""

import asyncio

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot import gaps, new_words
from bot.cards import shorten
from bot.chats import escape
from bot.filters import IsEditor
from bot.indexing import Indexing
from bot.people import Person
from bot.texts import Texts
from storage.database import Database

router = Router(name="gaps")

SHOWN, SHOWN_QUESTION = 8, 120


@router.message(Command("gaps"), IsEditor())
async def show(
    message: Message, person: Person, texts: Texts, database: Database, indexing: Indexing
) -> None:
    found = await gaps.find(database, person.now, cosines=indexing.knowledge.cosines)
    if not found:
        await message.answer(texts("gaps-none", days=gaps.DAYS))
        return
    parts = [texts("gaps", days=gaps.DAYS, groups=len(found))]
    for gap in found[:SHOWN]:
        head = texts(
            "gap",
            count=gap.count,
            people=gap.people,
            refused=gap.refused,
            down=gap.rated_down,
            nearly=gap.nearly,
            weak=gap.weak,
        )
        lines = [f"· {escape(shorten(example, SHOWN_QUESTION))}" for example in gap.examples]
        parts.append("\n".join([head, *lines]))
    if proposed := await _proposed(person, database, indexing):
        lines = [texts.html("gaps-word", word=w.word, like=w.like or "?") for w in proposed]
        parts.append("\n".join([texts("gaps-words"), *lines]))
    await message.answer("\n\n".join(parts))


async def _proposed(
    person: Person, database: Database, indexing: Indexing
) -> list[new_words.NewWord]:
    """Words for one thing that the lessons may call otherwise; none without an index."""
    index = await asyncio.to_thread(indexing.knowledge.live)
    if index is None:
        return []
    encode = indexing.knowledge.encode
    return (await new_words.find(database, person.now, index, encode))[:SHOWN]


@router.message(Command("gaps"))
async def refuse(message: Message, texts: Texts) -> None:
    await message.answer(texts("not-editor"))
