"""/segments, for admins: groups of people by interest, in words and as a picture."""

import asyncio

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message

from bot.chats import edit, escape
from bot.filters import May
from bot.people import Person
from recsys.dataset import TooLittleData
from recsys.segments import Segments
from services.recommending.profiles import Profiles
from wording.tags import Words
from wording.texts import Texts

router = Router(name="segments")

NAME, TAGS = 3, 6


@router.message(Command("segments"), May("segments"))
async def segments(message: Message, person: Person, texts: Texts, profiles: Profiles) -> None:
    waiting = None if await profiles.live() else await message.answer(texts("segments-wait"))
    try:
        found = await profiles.ready()
    except TooLittleData as error:
        html = texts.html("segments-little", reason=str(error))
        if waiting is None or not await edit(waiting, html, None):
            await message.answer(html)
        return
    branded = await profiles.branded()
    words, users = Words(texts, branded), sum(found.sizes)
    parts = [texts("segments-title", count=len(found.ids), users=users)]
    for index in sorted(range(len(found.ids)), key=lambda n: -found.sizes[n]):
        line = texts.html(
            "segment-line",
            id=found.ids[index],
            name=words.all(found.top(index, NAME)),
            size=found.sizes[index],
            share=round(100 * found.sizes[index] / max(users, 1)),
        )
        tags = escape(words.all(found.top(index, TAGS)))
        parts.append(f"{line}\n{texts('segment-tags', tags=tags)}")
    silhouette, stability = f"{found.silhouette:.2f}", f"{found.stability:.2f}"
    parts.append(texts("segments-how", silhouette=silhouette, stability=stability))
    if waiting is None or not await edit(waiting, "\n\n".join(parts), None):
        await message.answer("\n\n".join(parts))
    english = Words(Texts("en"), branded)
    picture = await asyncio.to_thread(_picture, found, words, english)
    await message.answer_photo(BufferedInputFile(picture, filename="segments.png"))


def _picture(found: Segments, words: Words, english: Words) -> bytes:
    # Matplotlib takes a second to import, and few need it.
    from wording.segment_plot import draw

    return draw(found, words, english)
