"""/gaps, for editors and admins: what people ask that the knowledge base lacks, to be answered."""

import asyncio
import re
from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, ForceReply, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Gap
from bot.chats import escape, replace
from bot.filters import May
from bot.people import Person
from bot.progress import bar
from bot.routers.content import build
from services.answering.help_desk import faq
from services.content import gaps, new_words
from services.content.indexing import Indexing
from storage.database import Database
from wording.items import shorten
from wording.report import fate
from wording.texts import Texts

router = Router(name="gaps")

PAGE, SHOWN_QUESTION, SHOWN_WORDS = 5, 120, 8
# The message that asks an editor for an answer begins so; it is known again by its number.
_ASKED = re.compile(r"^✍️ #(-?\d{1,18})\b")


@router.message(Command("gaps"), May("gaps"))
async def show(
    message: Message, person: Person, texts: Texts, database: Database, indexing: Indexing
) -> None:
    found = await gaps.find(database, person.now, cosines=indexing.knowledge.cosines)
    html, keyboard = _page(found, texts, 0)
    await message.answer(html, reply_markup=keyboard)
    if proposed := await _proposed(person, database, indexing):
        lines = [texts.html("gaps-word", word=w.word, like=w.like or "?") for w in proposed]
        await message.answer("\n".join([texts("gaps-words"), *lines]))


@router.callback_query(Gap.filter(), May("gaps"))
async def act(
    query: CallbackQuery,
    callback_data: Gap,
    person: Person,
    texts: Texts,
    indexing: Indexing,
    callback_answer: CallbackAnswer,
) -> None:
    """Turns the page, or asks the editor for the answer to a gap."""
    cosines = indexing.knowledge.cosines
    found = await gaps.find(indexing.database, person.now, cosines=cosines)
    if callback_data.act == "page":
        await replace(query, *_page(found, texts, callback_data.page))
        return
    question = callback_data.question
    gap = next((gap for gap in found if question in gap.questions), None)
    if gap is None or not isinstance(query.message, Message):
        callback_answer.text = texts("gap-gone")
        return
    asked = "\n".join(f"· {escape(shorten(each, SHOWN_QUESTION))}" for each in gap.examples)
    await query.message.answer(
        f"✍️ #{question} {asked}\n\n" + texts("gap-write"),
        reply_markup=ForceReply(input_field_placeholder=shorten(gap.examples[0], 60)),
    )


@router.message(
    F.text,
    F.reply_to_message.from_user.is_bot,
    F.reply_to_message.text.regexp(_ASKED).as_("asked"),
    May("gaps"),
)
async def answer(
    message: Message,
    asked: re.Match[str],
    person: Person,
    texts: Texts,
    indexing: Indexing,
) -> None:
    """An editor's answer to a gap becomes a document, and the index is built anew."""
    question = int(asked[1])
    cosines = indexing.knowledge.cosines
    found = await gaps.find(indexing.database, person.now, cosines=cosines)
    gap = next((gap for gap in found if question in gap.questions), None)
    if gap is None:
        await message.reply(texts("gap-gone"))
        return
    name, data = faq(gaps.document_id(question), gap.examples[0], message.text or "")
    (added,) = await indexing.add({name: data}, person.id)
    await message.reply(fate(added, texts))
    if added.outcome != "refused":
        line = texts("index-progress", bar=bar(0, 1), done=0, total=0)
        await build(await message.answer(line), texts, indexing, wait=True)


def _page(
    found: list[gaps.Gap], texts: Texts, number: int
) -> tuple[str, InlineKeyboardMarkup | None]:
    if not found:
        return texts("gaps-none", days=gaps.DAYS), None
    pages = ceil(len(found) / PAGE)
    number = max(0, min(number, pages - 1))
    parts = [texts("gaps", days=gaps.DAYS, groups=len(found), page=number + 1, pages=pages)]
    keyboard = Buttons()
    shown = found[number * PAGE : (number + 1) * PAGE]
    for place, gap in enumerate(shown, start=number * PAGE + 1):
        head = texts(
            "gap",
            number=place,
            count=gap.count,
            people=gap.people,
            refused=gap.refused,
            down=gap.rated_down,
            nearly=gap.nearly,
            weak=gap.weak,
        )
        lines = [f"· {escape(shorten(example, SHOWN_QUESTION))}" for example in gap.examples]
        parts.append("\n".join([head, *lines]))
        data = Gap(act="answer", question=gap.questions[0])
        keyboard.button(text=texts("gap-answer", number=place), callback_data=data)
    turns = [("button-previous", number - 1)] if number > 0 else []
    turns += [("button-next", number + 1)] if number + 1 < pages else []
    for label, to in turns:
        keyboard.button(text=texts(label), callback_data=Gap(act="page", page=to))
    return "\n\n".join(parts), keyboard.rows(*[1] * len(shown), max(len(turns), 1))


async def _proposed(
    person: Person, database: Database, indexing: Indexing
) -> list[new_words.NewWord]:
    """Words for one thing that the lessons may call otherwise; none without an index."""
    index = await asyncio.to_thread(indexing.knowledge.live)
    if index is None:
        return []
    encode = indexing.knowledge.encode
    return (await new_words.find(database, person.now, index, encode))[:SHOWN_WORDS]
