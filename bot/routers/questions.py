"""Free text: a question, its cited answer, the sources behind it, and what people think of it."""

from collections.abc import Awaitable
from dataclasses import replace

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message, MessageGenerationStopped
from aiogram.utils.callback_answer import CallbackAnswer
from aiogram.utils.chat_action import ChatActionSender

from bot import answers
from bot.callbacks import Ask, Source
from bot.filters import Corrected
from bot.forms import Form
from bot.people import Person
from bot.rewording import Rewordings
from bot.routers import wishes
from bot.routers.start import consent_buttons
from retrieval.answer import Answer
from retrieval.batching import Busy
from retrieval.knowledge import KnowledgeBaseMissing
from services.answering.asking import Asked, Asking, keep
from storage.database import Database
from storage.repositories import questions
from wording.answers import place
from wording.items import shorten
from wording.texts import Texts

# Before, an answer is nearly there, and would wait for Telegram to have shown that it comes.
TYPING_AFTER_S = 0.3

router = Router(name="questions")

# What a person may send instead of text. Service messages are no one's words.
SPOKEN = {
    ContentType.ANIMATION,
    ContentType.AUDIO,
    ContentType.CONTACT,
    ContentType.DICE,
    ContentType.DOCUMENT,
    ContentType.LOCATION,
    ContentType.PHOTO,
    ContentType.POLL,
    ContentType.STICKER,
    ContentType.STORY,
    ContentType.VENUE,
    ContentType.VIDEO,
    ContentType.VIDEO_NOTE,
    ContentType.VOICE,
}
MAX_QUESTION = 1000
# Sooner, an answer would wait for Telegram to have shown that it comes.
TYPING_AFTER_S = 0.3
# A passage is far shorter; a source without full stops may not be.
MAX_SNIPPET = 3000


@router.message(Command("new"))
async def new(
    message: Message, person: Person, texts: Texts, rewordings: Rewordings, state: FSMContext
) -> None:
    """The next question is taken as it stands."""
    await rewordings.cancel(person.id)
    await state.clear()
    await person.change(conversation_from=person.now)
    await message.answer(texts("new-begun"))


@router.message(F.via_bot)
async def posted(_message: Message) -> None:
    """An inline result that the person posted here: what it says is the bot's own."""


@router.message(F.text, ~F.text.startswith("/"))
@router.message(F.caption, ~F.caption.startswith("/"))
@router.edited_message(Corrected())
async def ask(
    message: Message,
    person: Person,
    texts: Texts,
    asking: Asking,
    rewordings: Rewordings,
    state: FSMContext,
) -> None:
    """What a person writes, or writes under a photo."""
    text = (message.text or message.caption or "").strip()
    if len(text) > MAX_QUESTION:
        await message.answer(texts("too-long"))
        return
    asked = await _answered(
        message, person, rewordings, asking.ask(person, text, about=person.about)
    )
    if asked is not None and not asked.is_question:
        # What asks nothing isn't kept: no gap in the lessons, and nothing to look back to.
        intent, recommendations = asked.answer.intent, asking.recommendations
        await wishes.reply(message, text, intent, person, recommendations, state)
        if asked.answer.refused:
            asked = None
    if asked is not None:
        await _show(message, text, asked, person, asking, rewordings)
    if person.row.personalisation is None and person.row.created_at == person.now:
        await message.answer(texts("consent"), reply_markup=consent_buttons(texts))


async def _answered(
    message: Message, person: Person, rewordings: Rewordings, asked: Awaitable[Asked]
) -> Asked | None:
    """The answer; None where there can be none now, which the person is told."""
    await rewordings.cancel(person.id)
    typing = ChatActionSender.typing(
        chat_id=message.chat.id,
        bot=message.bot,  # type: ignore[arg-type]
        initial_sleep=TYPING_AFTER_S,
    )
    try:
        async with typing:
            return await asked
    except Busy as busy:
        await message.answer(person.texts("answer-busy", waiting=busy.waiting))
    except KnowledgeBaseMissing:
        await message.answer(person.texts("answer-no-base"))
    return None


async def _show(
    message: Message,
    text: str,
    asked: Asked,
    person: Person,
    asking: Asking,
    rewordings: Rewordings,
) -> None:
    """Shows at once sentences from the sources; a better wording may follow as an edit."""
    texts, found, whole = person.texts, asked.answer, asked.understood or text
    question = await keep(person, text, asked)
    suggested = await asking.suggest(person, found)

    def form(answer: Answer) -> Form:
        return answers.answer_form(replace(asked, answer=answer), question, suggested, texts)

    shown = await person.exchanges.show(person, message, form(found), whole)
    rewordings.improve(person, message, shown, found, question, whole, form)


@router.message(F.content_type.in_(SPOKEN))
async def only_text(message: Message, texts: Texts) -> None:
    await message.answer(texts("only-text"))


@router.callback_query(Source.filter())
async def source(
    query: CallbackQuery,
    callback_data: Source,
    person: Person,
    texts: Texts,
    database: Database,
    callback_answer: CallbackAnswer,
) -> None:
    """The snippet behind a citation, as it was when the answer was given."""
    async with database.read() as session:
        question = await questions.get(session, callback_data.question)
    # A source is no secret, and unlinked questions are whoever's has the button.
    mine = question is not None and question.user_id in (person.id, None)
    cited = question.citations if question and mine else []
    if not 1 <= callback_data.number <= len(cited) or not isinstance(query.message, Message):
        callback_answer.text = texts("source-gone")
        return
    citation = cited[callback_data.number - 1]
    title, text = citation["title"], shorten(citation["text"], MAX_SNIPPET)
    locator = place(citation["locator"], title)
    where = " › ".join(filter(None, (citation["course_title"], locator)))
    await query.message.answer(
        texts.html("source-card", number=callback_data.number, title=title, place=where, text=text)
    )
    await person.note("citation_opened", "document", citation["document"])


@router.callback_query(Ask.filter())
async def nearest(
    query: CallbackQuery,
    person: Person,
    asking: Asking,
    rewordings: Rewordings,
    callback_answer: CallbackAnswer,
) -> None:
    """A nearest topic under a refusal was tapped: its title is asked as a question."""
    button = _button_text(query)
    if button is None or not isinstance(query.message, Message):
        callback_answer.text = person.texts("source-gone")
        return
    await query.message.answer(person.texts.html("answer-about", title=button))
    asked = await _answered(query.message, person, rewordings, asking.ask_again(button))
    if asked is not None:
        await _show(query.message, button, asked, person, asking, rewordings)


@router.stopped_message_generation()
async def stopped(event: MessageGenerationStopped, rewordings: Rewordings) -> None:
    """The stop button under a wording that streams."""
    rewordings.stop(event.chat.id, event.draft_id)


def _button_text(query: CallbackQuery) -> str | None:
    if not isinstance(query.message, Message) or query.message.reply_markup is None:
        return None
    for row in query.message.reply_markup.inline_keyboard:
        for button in row:
            if button.callback_data == query.data:
                return button.text
    return None
