"""What was wrong with an answer, and a person's answer instead."""

from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Comment, Help, Human, Rate, Reason
from bot.chats import replace, spelled_out
from bot.filters import May
from bot.people import Person
from bot.routers.content import build
from services.answering.feedback import explain
from services.answering.feedback import rate as rate_answer
from services.answering.help_desk import MAX_ANSWER, HelpDesk, document, whole_question
from services.content.indexing import Indexing
from storage.database import Database
from storage.models import REASONS
from storage.repositories import help_requests
from wording.texts import Texts

router = Router(name="feedback")

MAX_COMMENT = 500
# After that, what a person writes is a question again.
COMMENT_WITHIN = timedelta(minutes=10)


class Feedback(StatesGroup):
    comment = State()


def reason_buttons(question_id: int, texts: Texts, *, ask: bool) -> InlineKeyboardMarkup:
    """Own words and a person; with `ask`, the reasons before them."""
    keyboard = Buttons()
    for reason in REASONS if ask else ():
        data = Reason(question=question_id, reason=reason)
        keyboard.button(text=texts(f"reason-{reason}"), callback_data=data)
    keyboard.button(text=texts("feedback-words"), callback_data=Comment(question=question_id))
    keyboard.button(text=texts("ask-a-person"), callback_data=Human(question=question_id))
    return keyboard.rows(2, 2, 1) if ask else keyboard.rows(1)


@router.callback_query(Rate.filter())
async def rate(
    query: CallbackQuery,
    callback_data: Rate,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    rating = 1 if callback_data.rating > 0 else -1
    outcome = await rate_answer(person, callback_data.question, rating)
    if outcome == "gone":
        callback_answer.text = texts("source-gone")
        return
    callback_answer.text = texts("answer-thanks" if rating > 0 else "answer-sorry")
    if rating < 0 and outcome == "turned" and isinstance(query.message, Message):
        buttons = reason_buttons(callback_data.question, texts, ask=True)
        await query.message.reply(texts("feedback-why"), reply_markup=buttons)


@router.callback_query(Reason.filter(F.reason.in_(REASONS)))
async def reason(
    query: CallbackQuery,
    callback_data: Reason,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    if not await explain(person, callback_data.question, reason=callback_data.reason):
        callback_answer.text = texts("source-gone")
        return
    noted = texts("feedback-noted", reason=texts(f"reason-{callback_data.reason}"))
    await replace(query, noted, reason_buttons(callback_data.question, texts, ask=False))


@router.callback_query(Comment.filter())
async def ask_comment(
    query: CallbackQuery,
    callback_data: Comment,
    person: Person,
    texts: Texts,
    state: FSMContext,
) -> None:
    await state.set_state(Feedback.comment)
    await state.set_data({"question": callback_data.question, "at": person.now.isoformat()})
    if isinstance(query.message, Message):
        await query.message.answer(texts("feedback-write"))


@router.message(May("answer"), F.reply_to_message)
async def editor_answers(
    message: Message, person: Person, texts: Texts, database: Database, help_desk: HelpDesk
) -> None:
    """An editor's reply to a request goes to whoever asked."""
    shown = message.reply_to_message
    async with database.read() as session:
        request_id = shown and await help_requests.behind(session, person.id, shown.message_id)
    if not request_id:
        raise SkipHandler
    words = spelled_out(message.text or "", message.entities).strip()
    if not words or len(words) > MAX_ANSWER:
        await message.reply(texts("help-text-only", most=MAX_ANSWER))
        return
    outcome = await help_desk.answer(person, request_id, words)
    if outcome in ("late", "gone"):
        await message.reply(texts(f"help-{outcome}"))
        return
    keyboard = Buttons()
    keyboard.button(text=texts("help-add"), callback_data=Help(act="add", request=request_id))
    await message.reply(texts(f"help-{outcome}"), reply_markup=keyboard.rows())


@router.message(StateFilter(Feedback.comment), F.text, ~F.text.startswith("/"))
async def comment(message: Message, person: Person, texts: Texts, state: FSMContext) -> None:
    data = await state.get_data()
    await state.clear()
    if person.now - datetime.fromisoformat(data["at"]) > COMMENT_WITHIN:
        raise SkipHandler
    words = (message.text or "").strip()[:MAX_COMMENT]
    stored = await explain(person, data["question"], comment=words)
    await message.answer(texts("feedback-kept" if stored else "source-gone"))


@router.callback_query(Human.filter())
async def ask_a_person(
    query: CallbackQuery,
    callback_data: Human,
    person: Person,
    texts: Texts,
    help_desk: HelpDesk,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await help_desk.hand_over(person, callback_data.question)
    if outcome == "gone":
        callback_answer.text = texts("source-gone")
    elif outcome in ("known", "many"):
        callback_answer.text = texts(f"ask-a-person-{outcome}")
    elif isinstance(query.message, Message):
        await query.message.reply(texts(f"ask-a-person-{outcome}"))


@router.callback_query(Help.filter(F.act == "add"), May("answer"))
async def add_to_base(
    query: CallbackQuery,
    callback_data: Help,
    person: Person,
    texts: Texts,
    database: Database,
    indexing: Indexing,
    help_desk: HelpDesk,
    callback_answer: CallbackAnswer,
) -> None:
    """The question and its answer become a document of the knowledge base."""
    async with database.read() as session:
        found = await help_requests.get(session, callback_data.request)
    if found is None or not found[0].answer or not isinstance(query.message, Message):
        callback_answer.text = texts("help-gone")
        return
    if found[0].document_id:
        callback_answer.text = texts("help-added")
        return
    name, data = document(*found)
    (added,) = await indexing.add({name: data}, person.id)
    await help_desk.published(callback_data.request, name.removesuffix(".md"))
    # Building takes its time, which the button needn't wait for.
    callback_answer.disabled = True
    await query.answer(texts("help-adding"))
    title = whole_question(found[1])
    stored = texts.html("document-added", title=title, outcome=added.outcome)
    status = await query.message.reply(stored)
    await build(status, texts, indexing)
