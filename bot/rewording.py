"""A better wording for an answer that is on screen already, when a generator is set."""

from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardMarkup, Message

from bot.chats import NO_PREVIEW, escape
from retrieval.answer import Answer
from retrieval.generator import Generator, GeneratorUnavailable
from retrieval.reword import Quote, reword
from storage.database import Database
from storage.models import Question
from storage.repositories import questions


class Rewording:
    """Replaces the extractive answer only by checked sentences; without a generator, by nothing."""

    def __init__(self, generator: Generator | None, database: Database) -> None:
        self.generator = generator
        self.database = database

    async def improve(
        self,
        sent: Message,
        text: str,
        found: Answer,
        question: Question,
        buttons: InlineKeyboardMarkup,
    ) -> None:
        if self.generator is None or found.refused:
            return
        quotes = [Quote(sentence.text, sentence.citation) for sentence in found.sentences]
        try:
            reworded = await reword(text, quotes, self.generator)
        except GeneratorUnavailable:
            return
        if reworded is None:
            return
        try:
            await sent.edit_text(
                escape(reworded), reply_markup=buttons, link_preview_options=NO_PREVIEW
            )
        except TelegramAPIError:
            return
        async with self.database.write() as session:
            await questions.set_answer(session, question.id, reworded, "generative")
