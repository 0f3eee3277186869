"""/brand, for admins and marketers: how people speak of each brand that has a rule book."""

import asyncio

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message

from bot.filters import May
from retrieval.batching import Busy
from services.brands.monitoring import Monitor, Talk
from wording.texts import Texts

router = Router(name="brand")

# Brands that one message and one picture hold.
MOST = 8


@router.message(Command("brand"), May("brand"))
async def brand(message: Message, texts: Texts, brand_monitor: Monitor) -> None:
    try:
        talks = await brand_monitor.look()
    except Busy:
        await message.answer(texts("brand-busy"))
        return
    if not talks:
        await message.answer(texts("brand-none"))
        return
    talks = sorted(talks, key=lambda talk: -sum(week.people for week in talk.weeks))[:MOST]
    parts = [texts("brand-title", weeks=len(talks[0].weeks)), *(_told(t, texts) for t in talks)]
    await message.answer("\n\n".join(parts))
    if any(week.questions for talk in talks for week in talk.weeks):
        picture = await asyncio.to_thread(_picture, talks, texts)
        await message.answer_photo(BufferedInputFile(picture, filename="brands.png"))


def _told(talk: Talk, texts: Texts) -> str:
    last = talk.weeks[-1]
    lines = [
        texts.html(
            "brand-line",
            brand=talk.title[texts.language],
            people=last.people,
            asked=last.asked,
            positive=last.positive,
            neutral=last.neutral,
            negative=last.negative,
            all=sum(week.questions for week in talk.weeks),
        )
    ]
    for turn in talk.turns:
        usual = f"{turn.usual:.1f}"
        line = texts.html("brand-turned", kind=turn.kind, now=turn.now, of=turn.of, usual=usual)
        lines.append(line)
    for example in talk.examples:
        feeling = texts(f"brand-feeling-{example.feeling}")
        lines.append(
            texts.html("brand-example", text=example.text, people=example.people, feeling=feeling)
        )
    return "\n".join(lines)


def _picture(talks: list[Talk], texts: Texts) -> bytes:
    # Matplotlib takes a second to import, and few need it.
    from wording.brand_plot import draw

    return draw(talks, texts)
