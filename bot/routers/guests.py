"""Called by its name into a chat where the bot is no member: one cited answer, nothing personal."""

import logging

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message

from bot.inline import answer_article, text_article
from bot.routers.questions import MAX_QUESTION
from retrieval.answer_service import AnswerService
from retrieval.batching import Busy
from retrieval.knowledge import KnowledgeBaseMissing
from wording.texts import Texts

log = logging.getLogger(__name__)
router = Router(name="guests")


@router.guest_message()
async def called(message: Message, bot: Bot, texts: Texts, answer_service: AnswerService) -> None:
    """Answers once. Neither who asks nor what is looked at before: others read along."""
    name = f"@{(await bot.me()).username}"
    words = _without(name, message.text or message.caption or "")
    if not words and message.reply_to_message is not None:
        words = (message.reply_to_message.text or message.reply_to_message.caption or "").strip()
    result = text_article(texts("group-hint"))
    if len(words) > MAX_QUESTION:
        result = text_article(texts("too-long"))
    elif words:
        try:
            answer = await answer_service.answer(words)
        except Busy as busy:
            result = text_article(texts("answer-busy", waiting=busy.waiting))
        except KnowledgeBaseMissing:
            result = text_article(texts("answer-no-base"))
        else:
            refused = text_article(texts("answer-refused"))
            result = refused if answer.refused else answer_article(answer)
    try:
        await message.answer_guest_query(result)
    except TelegramAPIError as error:  # too late, or answered before
        log.info("A guest query was not answered: %s", error)


def _without(name: str, text: str) -> str:
    at = text.casefold().find(name.casefold())
    rest = text if at < 0 else f"{text[:at]} {text[at + len(name) :]}"
    return " ".join(rest.split()).strip(" ,，:：")
