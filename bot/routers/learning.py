"""A course's lessons one after the other, the quiz at the end of one, and certificates."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import certificates
from activities.items import standing
from activities.learning import open_lesson, progress
from activities.quizzing import answer_in_lesson
from bot.buttons import Buttons
from bot.callbacks import Learn, Lesson, QuizTap
from bot.chats import edit, send_parts
from bot.lessons import KEY, certificate_button, lesson_end, lesson_parts, quiz_buttons, quiz_text
from bot.people import Person
from retrieval.batching import Busy
from retrieval.documents import Document
from retrieval.knowledge import KnowledgeBaseMissing
from services.content.library import Library
from services.content.quizzes import Quiz, Quizzes
from storage.models import Certificate
from wording.certificate import certificate_pdf
from wording.texts import Texts

log = logging.getLogger(__name__)
router = Router(name="learning")

# After that, what a person writes is a question again.
NAME_WITHIN = timedelta(minutes=10)
NOT_OPEN = {"not-owned": "not-owned", "gone": "lesson-gone"}


class Naming(StatesGroup):
    certificate = State()


@router.callback_query(Lesson.filter())
async def lesson(
    query: CallbackQuery,
    callback_data: Lesson,
    person: Person,
    library: Library,
    quizzes: Quizzes,
    callback_answer: CallbackAnswer,
) -> None:
    await _open(
        query, person, library, quizzes, callback_answer, callback_data.course, callback_data.number
    )


@router.callback_query(Learn.filter(F.act == "on"))
async def go_on(
    query: CallbackQuery,
    callback_data: Learn,
    person: Person,
    library: Library,
    quizzes: Quizzes,
    callback_answer: CallbackAnswer,
) -> None:
    """The lesson after the one where the person stopped."""
    course = callback_data.course
    number = (await progress(person, library, course, person.texts.language)).next
    await _open(query, person, library, quizzes, callback_answer, course, number)


async def _open(
    query: CallbackQuery,
    person: Person,
    library: Library,
    quizzes: Quizzes,
    callback_answer: CallbackAnswer,
    course: str,
    number: int,
) -> None:
    """Shows a lesson; its quiz may have to be made, so its button comes when it is there."""
    texts = person.texts
    opened = await open_lesson(person, library, course, number, texts.language)
    if isinstance(opened, str):
        callback_answer.text = texts(NOT_OPEN[opened])
        return
    if not isinstance(query.message, Message):
        return
    end = lesson_end(opened.progress, course, number, texts)
    shown = await send_parts(query.message, lesson_parts(opened.document), end)
    if found := await _quizzes(quizzes, opened.document):
        end = lesson_end(opened.progress, course, number, texts, len(found))
        await shown.edit_reply_markup(reply_markup=end)
    if opened.completed:
        done = texts("course-completed", lessons=len(opened.progress.lessons))
        await query.message.answer(done, reply_markup=certificate_button(course, texts))


async def _quizzes(quizzes: Quizzes, document: Document) -> list[Quiz]:
    """None while the base is busy or being prepared: a lesson is read without it."""
    try:
        return await quizzes.of_lesson(document)
    except (Busy, KnowledgeBaseMissing) as error:
        log.info("No quiz just now: %s", type(error).__name__)
        return []


@router.callback_query(QuizTap.filter())
async def quiz(
    query: CallbackQuery,
    callback_data: QuizTap,
    person: Person,
    library: Library,
    quizzes: Quizzes,
    callback_answer: CallbackAnswer,
) -> None:
    """Asks a question of a lesson's quiz (the first, where none is named), or takes its answer."""
    texts, tapped = person.texts, callback_data
    lessons = library.lessons(tapped.course, texts.language)
    if not (await standing(person, tapped.course)).may_read:
        callback_answer.text = texts("not-owned")
        return
    there = 0 <= tapped.number < len(lessons)
    listed = await _quizzes(quizzes, lessons[tapped.number]) if there else []
    at = next((n for n, one in enumerate(listed) if one.key.startswith(tapped.question)), None)
    if at is None or not isinstance(query.message, Message):
        callback_answer.text = texts("quiz-gone")
        return
    asked = listed[at]
    if not tapped.choice:
        await query.message.answer(
            quiz_text(asked, at, len(listed), texts), reply_markup=quiz_buttons(asked, tapped)
        )
        return
    if (choice := asked.choice(tapped.choice)) is None:
        callback_answer.text = texts("quiz-gone")
        return
    told = await answer_in_lesson(person, asked, choice, tapped.course)
    callback_answer.text = texts(f"quiz-{told}")
    follows = listed[at + 1].key if at + 1 < len(listed) else None
    end = _after_quiz(tapped, follows, len(lessons), texts)
    await edit(query.message, quiz_text(asked, at, len(listed), texts, choice), end)


def _after_quiz(
    tapped: QuizTap, follows: str | None, lessons: int, texts: Texts
) -> InlineKeyboardMarkup | None:
    keyboard = Buttons()
    if follows is not None:
        data = tapped.model_copy(update={"question": follows[:KEY], "choice": ""})
        keyboard.button(text=texts("quiz-next"), callback_data=data)
    elif tapped.number + 1 < lessons:
        to = Lesson(course=tapped.course, number=tapped.number + 1)
        keyboard.button(text=texts("button-next"), callback_data=to)
    else:
        return None
    return keyboard.rows()


@router.callback_query(Learn.filter(F.act == "cert"))
async def certificate(
    query: CallbackQuery,
    callback_data: Learn,
    bot: Bot,
    person: Person,
    library: Library,
    state: FSMContext,
    callback_answer: CallbackAnswer,
) -> None:
    """Sends the certificate; asks for the name first, if the person never gave one."""
    issued = await certificates.issue(person, library, callback_data.course, person.texts.language)
    if issued == "nameless":
        await _ask_name(query, person, state, callback_data.course)
    elif isinstance(issued, str):
        callback_answer.text = person.texts(f"certificate-{issued}")
        callback_answer.show_alert = True
    elif isinstance(query.message, Message):
        await _send(query.message, bot, issued, person.texts)


@router.callback_query(Learn.filter(F.act == "name"))
async def other_name(
    query: CallbackQuery, callback_data: Learn, person: Person, state: FSMContext
) -> None:
    await _ask_name(query, person, state, callback_data.course)


@router.callback_query(Learn.filter(F.act.in_({"show", "hide"})))
async def shown_name(
    query: CallbackQuery, callback_data: Learn, person: Person, callback_answer: CallbackAnswer
) -> None:
    """Whether who checks the code sees the whole name."""
    shows = callback_data.act == "show"
    if not await certificates.show_name(person, callback_data.course, shows):
        callback_answer.text = person.texts("certificate-not-owned")
        return
    callback_answer.text = person.texts("certificate-shown" if shows else "certificate-hidden")
    if isinstance(query.message, Message):
        buttons = _certificate_buttons(callback_data.course, person.texts, shows=shows)
        with suppress(TelegramBadRequest):  # a tap that came twice finds it so
            await query.message.edit_reply_markup(reply_markup=buttons)


async def _ask_name(query: CallbackQuery, person: Person, state: FSMContext, course: str) -> None:
    await state.set_state(Naming.certificate)
    await state.set_data({"course": course, "at": person.now.isoformat()})
    if isinstance(query.message, Message):
        await query.message.answer(person.texts("certificate-ask-name"))


@router.message(StateFilter(Naming.certificate), F.text, ~F.text.startswith("/"))
async def take_name(
    message: Message, bot: Bot, person: Person, library: Library, state: FSMContext
) -> None:
    data = await state.get_data()
    if person.now - datetime.fromisoformat(data["at"]) > NAME_WITHIN:
        await state.clear()
        raise SkipHandler
    name = certificates.proper_name(message.text or "")
    if name is None:
        await message.answer(person.texts("certificate-bad-name", most=certificates.MOST_NAME))
        return
    await state.clear()
    await certificates.take_name(person, data["course"], name)
    issued = await certificates.issue(person, library, data["course"], person.texts.language)
    if isinstance(issued, str):
        await message.answer(person.texts(f"certificate-{issued}"))
    else:
        await _send(message, bot, issued, person.texts)


async def _send(message: Message, bot: Bot, issued: Certificate, texts: Texts) -> None:
    me = await bot.me()
    link = f"https://t.me/{me.username}?start={certificates.PREFIX}{issued.code}"
    content = await asyncio.to_thread(certificate_pdf, issued, link, texts)
    await message.answer_document(
        BufferedInputFile(content, filename=f"chezhi-{issued.code}.pdf"),
        caption=texts.html(
            "certificate-caption",
            title=texts.pick(issued.title),
            code=certificates.spelled(issued.code),
            initials=certificates.initials(issued.name),
            link=link,
        ),
        reply_markup=_certificate_buttons(issued.item_id, texts, shows=issued.shows_name),
    )


def _certificate_buttons(course: str, texts: Texts, *, shows: bool) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    for key, act in (
        ("certificate-hide", "hide") if shows else ("certificate-show", "show"),
        ("certificate-rename", "name"),
    ):
        keyboard.button(text=texts(key), callback_data=Learn(act=act, course=course))
    return keyboard.rows(1)


async def show_check(message: Message, person: Person, payload: str) -> None:
    """What a certificate's link says of it."""
    texts = person.texts
    checked = await certificates.check(person.database, payload)
    if checked is None:
        await message.answer(texts("certificate-unknown"))
        return
    key = "certificate-valid" if checked.valid else "certificate-revoked"
    html = texts.html(
        key,
        title=texts.pick(checked.title),
        name=checked.name,
        date=texts.when(checked.issued_at),
    )
    await message.answer(html)
