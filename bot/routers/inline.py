"""`@bot question` in any chat."""

from aiogram import Router
from aiogram.types import InlineQuery

from bot.inline import InlineAnswers
from wording.texts import Texts

router = Router(name="inline")


@router.inline_query()
async def typed(query: InlineQuery, texts: Texts, inline_answers: InlineAnswers) -> None:
    inline_answers.take(query, texts)
