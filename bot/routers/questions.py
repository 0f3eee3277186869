"""Free text: a question, its cited answer, the sources behind it, and what people think of it."""

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer
from aiogram.utils.chat_action import ChatActionSender

from bot import answers, conversation
from bot.callbacks import Ask, Source
from bot.filters import Corrected
from bot.people import Person
from bot.rewording import Rewording
from bot.routers import wishes
from bot.routers.start import consent_buttons
from retrieval.answer_service import AnswerService
from retrieval.batching import Busy
from retrieval.intents import Kind
from retrieval.knowledge import KnowledgeBaseMissing
from services.lengths import LIMIT, length
from services.recommending.serving import Recommendations
from storage.database import Database
from storage.repositories import questions
from wording.items import shorten
from wording.texts import Markup, Texts

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
SUGGESTIONS = 2
# A passage is far shorter; a source without full stops may not be.
MAX_SNIPPET = 3000


@router.message(Command("new"))
async def new(
    message: Message, person: Person, texts: Texts, rewording: Rewording, state: FSMContext
) -> None:
    """The next question is taken as it stands."""
    await rewording.cancel(person.id)
    await state.clear()
    await conversation.begin_anew(person)
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
    answer_service: AnswerService,
    recommendations: Recommendations,
    rewording: Rewording,
    state: FSMContext,
) -> None:
    """What a person writes, or writes under a photo."""
    text = (message.text or message.caption or "").strip()
    if len(text) > MAX_QUESTION:
        await message.answer(texts("too-long"))
        return
    await answer(message, text, person, answer_service, recommendations, rewording, state)
    if person.row.personalisation is None and person.row.created_at == person.now:
        await message.answer(texts("consent"), reply_markup=consent_buttons(texts))


async def answer(
    message: Message,
    text: str,
    person: Person,
    answer_service: AnswerService,
    recommendations: Recommendations,
    rewording: Rewording,
    state: FSMContext | None = None,
) -> None:
    """Answers at once with sentences from the sources; a better wording may follow as an edit.

    With `state` the text is the person's own: a follow-up of the questions before it, or a message
    that asks nothing of the lessons.
    """
    texts, understood = person.texts, None
    await rewording.cancel(person.id)
    try:
        async with ChatActionSender.typing(chat_id=message.chat.id, bot=message.bot):  # type: ignore[arg-type]
            if state is not None:
                found, understood = await conversation.answered(
                    person, text, answer_service, rewording.generator
                )
            else:
                found = await answer_service.answer(text)
    except Busy as busy:
        await message.answer(texts("answer-busy", waiting=busy.waiting))
        return
    except KnowledgeBaseMissing:
        await message.answer(texts("answer-no-base"))
        return
    if state is not None and found.intent.kind is not Kind.QUESTION:
        # What asks nothing isn't kept: no gap in the lessons, and nothing to look back to.
        await wishes.reply(message, text, found.intent, person, recommendations, state)
        if found.refused:
            return
    question = await answers.keep(person, text, found, understood)
    courses = [citation.course for citation in found.citations if citation.course]
    suggested = []
    if not found.refused:
        suggested = await recommendations.beside_answer(
            person, found.embedding, courses, SUGGESTIONS
        )
    buttons = answers.buttons(found, question, suggested, texts)
    head = conversation.told(person, understood)
    first, *rest = answers.parts(found, texts)
    whole = [Markup(head + first)] if length(head + first) <= LIMIT else [head, first]
    shown = [*whole, *rest]
    sent = await person.exchanges.show(message, shown, buttons, understood or text)
    foot = answers.foot(found, texts)
    await rewording.improve(sent, understood or text, found, question, buttons, head, foot)


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
    locator = answers.place(citation["locator"], title)
    place = " › ".join(filter(None, (citation["course_title"], locator)))
    await query.message.answer(
        texts.html("source-card", number=callback_data.number, title=title, place=place, text=text)
    )
    await person.note("citation_opened", "document", citation["document"])


@router.callback_query(Ask.filter())
async def nearest(
    query: CallbackQuery,
    person: Person,
    answer_service: AnswerService,
    recommendations: Recommendations,
    rewording: Rewording,
    callback_answer: CallbackAnswer,
) -> None:
    """A nearest topic under a refusal was tapped: its title is asked as a question."""
    button = _button_text(query)
    if button is None or not isinstance(query.message, Message):
        callback_answer.text = person.texts("source-gone")
        return
    await query.message.answer(person.texts.html("answer-about", title=button))
    await answer(query.message, button, person, answer_service, recommendations, rewording)


def _button_text(query: CallbackQuery) -> str | None:
    if not isinstance(query.message, Message) or query.message.reply_markup is None:
        return None
    for row in query.message.reply_markup.inline_keyboard:
        for button in row:
            if button.callback_data == query.data:
                return button.text
    return None
