"""Inline mode: `@bot question` typed in any chat offers an answer and lessons to post there."""

import asyncio
import logging
import re
from hashlib import sha256

from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InlineQueryResultUnion,
    InputTextMessageContent,
)

from bot.chats import NO_PREVIEW, escape
from bot.groups import short_answer
from retrieval.answer import Answer
from retrieval.answer_service import AnswerService
from retrieval.batching import Busy
from retrieval.index import Hit
from retrieval.knowledge import KnowledgeBaseMissing
from services.clock import Clock
from services.lengths import LIMIT, length
from services.recommending.item_search import ItemSearch
from storage import nursery
from storage.models import Item
from wording.cities import with_names
from wording.items import card_text, described, shorten
from wording.texts import Markup, Texts

log = logging.getLogger(__name__)

RESULTS = 5
# Of them things of the catalogue, after the lessons.
ITEMS = 2
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Telegram keeps the results of a query for this long, for everyone.
CACHE_S = 60
# A query comes with each letter; only one after which the typing pauses is answered.
PAUSE_S = 0.3
FOUND = 20
SHOWN_TITLE, SHOWN_LINE, SHOWN_TEXT = 64, 120, 3000


class InlineAnswers:
    """Answers the last query of each person beside the handlers, so that a newer one stops it."""

    def __init__(
        self,
        answer_service: AnswerService,
        item_search: ItemSearch,
        clock: Clock,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.answer_service = answer_service
        self.item_search = item_search
        self.clock = clock
        self.pause_s = pause_s
        self._running: dict[int, asyncio.Task[None]] = {}

    def take(self, query: InlineQuery, texts: Texts) -> None:
        person = query.from_user.id
        if (older := self._running.get(person)) is not None:
            older.cancel()
        task = nursery.start(self._answer(query, texts))
        self._running[person] = task
        task.add_done_callback(lambda done: self._forget(person, done))

    async def close(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, query: InlineQuery, texts: Texts) -> None:
        await asyncio.sleep(self.pause_s)
        text = query.query.strip()
        items = await self._items(text, query)
        found = [*(await self._results(text))[: RESULTS - len(items)], *items]
        button = InlineQueryResultsButton(text=texts("inline-ask"), start_parameter="inline")
        try:
            await query.answer(found, cache_time=CACHE_S, is_personal=False, button=button)
        except TelegramAPIError as error:
            log.info("Inline query id=%s was not answered: %s", query.id, error)

    async def _results(self, text: str) -> list[InlineQueryResultUnion]:
        if not text:
            return []
        try:
            answer = await self.answer_service.answer(text)
            hits = await self.answer_service.search(text, FOUND)
        except (Busy, KnowledgeBaseMissing) as error:
            log.info("No inline results: %s", error)
            return []
        found: list[InlineQueryResultUnion] = []
        if not answer.refused:
            found.append(answer_article(answer))
        lessons = {hit.document: hit for hit in reversed(hits) if hit.language == answer.language}
        for hit in sorted(lessons.values(), key=lambda hit: hit.score, reverse=True):
            found.append(lesson_article(hit))
        return found[:RESULTS]

    async def _items(self, text: str, query: InlineQuery) -> list[InlineQueryResultUnion]:
        """Things of the catalogue, if the words are surely for some: they lead into the chat."""
        if not text or query.bot is None:
            return []
        try:
            hits = await self.item_search.find(with_names(text), ITEMS, self.clock())
        except Busy as error:
            log.info("No items in inline results: %s", error)
            return []
        texts = Texts("zh" if _HAN.search(text) else "en")
        name = (await query.bot.me()).username or ""
        return [item_article(item, texts, name) for item in hits.items] if hits.sure else []

    def _forget(self, person: int, done: asyncio.Task[None]) -> None:
        if self._running.get(person) is done:
            del self._running[person]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("Answering an inline query failed", exc_info=error)


def answer_article(answer: Answer) -> InlineQueryResultUnion:
    plain = " ".join(sentence.text for sentence in answer.sentences)
    sources = [citation.title for citation in answer.citations]
    return _article(
        "answer", plain, " · ".join(sources), short_answer(answer, Texts(answer.language))
    )


def text_article(text: str) -> InlineQueryResultUnion:
    return _article("text", text, text, escape(text))


def lesson_article(hit: Hit) -> InlineQueryResultUnion:
    place = " › ".join(filter(None, (hit.course_title, hit.locator)))
    text = Markup(
        Texts(hit.language).html(
            "inline-lesson", title=hit.title, place=place, text=shorten(hit.text, SHOWN_TEXT)
        )
    )
    return _article(hit.chunk, hit.title, hit.text, text)


def item_article(item: Item, texts: Texts, bot_name: str) -> InlineQueryResultUnion:
    card = described(item, texts, shared=True)
    link = texts.html("inline-open", url=f"https://t.me/{bot_name}?start=item_{item.id}")
    line = " · ".join(fact.text for fact in card.facts)
    html = Markup(f"{card_text(card, texts)}\n{link}")
    return _article(f"item {item.id}", f"{card.icon} {card.title}", line, html)


def _article(name: str, title: str, line: str, html: str) -> InlineQueryResultUnion:
    if length(html) > LIMIT:
        raise ValueError("an inline result is longer than a message")
    return InlineQueryResultArticle(
        # Telegram takes 64 bytes, and no two of a kind.
        id=sha256(name.encode()).hexdigest()[:32],
        title=shorten(title, SHOWN_TITLE),
        description=shorten(line, SHOWN_LINE),
        input_message_content=InputTextMessageContent(
            message_text=html, link_preview_options=NO_PREVIEW
        ),
    )
