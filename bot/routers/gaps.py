"""/gaps, for editors and admins: what people ask that the knowledge base lacks."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot import gaps
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
    await message.answer("\n\n".join(parts))


@router.message(Command("gaps"))
async def refuse(message: Message, texts: Texts) -> None:
    await message.answer(texts("not-editor"))
