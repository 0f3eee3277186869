"""The car quiz: Telegram's quizzes from golden questions, points, and the week's leaderboard."""

from datetime import datetime, timedelta

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType, PollType
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardMarkup,
    InputPollOption,
    Message,
    PollAnswer,
)
from aiogram.utils.callback_answer import CallbackAnswer

from activities import quizzing
from activities.items import find
from activities.quizzing import MOST_EXPLANATION, MOST_NAME, MOST_OPTION, Leaders
from bot.buttons import Buttons
from bot.callbacks import ItemAct, Play
from bot.chats import replace
from bot.lessons import LETTERS, choices_text
from bot.people import Person
from retrieval.batching import Busy
from retrieval.knowledge import KnowledgeBaseMissing
from services.content.quizzes import Quizzes
from services.lengths import length
from wording.answers import place
from wording.items import shorten
from wording.texts import Markup, Texts

router = Router(name="quiz")

# After that, what a person writes is a question again.
NAME_WITHIN = timedelta(minutes=10)
MEDALS = ("🥇", "🥈", "🥉")


class Playing(StatesGroup):
    name = State()


@router.message(Command("quiz"))
async def quiz(message: Message, bot: Bot, person: Person, quizzes: Quizzes) -> None:
    if message.chat.type != ChatType.PRIVATE:
        await message.answer(person.texts("quiz-private"))
        return
    await _ask(bot, person, quizzes, None)


@router.callback_query(ItemAct.filter(F.act == "play"))
async def play_item(
    _query: CallbackQuery,
    callback_data: ItemAct,
    bot: Bot,
    person: Person,
    quizzes: Quizzes,
    callback_answer: CallbackAnswer,
) -> None:
    item = await find(person, callback_data.item)
    if item is None or not item.active or item.type != "game":
        callback_answer.text = person.texts("item-gone")
        return
    await _ask(bot, person, quizzes, item.id)


@router.callback_query(Play.filter(F.act == "next"))
async def play_on(
    _query: CallbackQuery, callback_data: Play, bot: Bot, person: Person, quizzes: Quizzes
) -> None:
    await _ask(bot, person, quizzes, callback_data.game or None)


async def _ask(bot: Bot, person: Person, quizzes: Quizzes, game: str | None) -> None:
    """Sends a question that the person didn't answer yet, to their own chat."""
    texts = person.texts
    item = await find(person, game) if game else None
    topics = item.topics if item else []
    try:
        found = await quizzing.to_play(person, quizzes, topics, texts.language)
    except (Busy, KnowledgeBaseMissing):
        await bot.send_message(person.id, texts("quiz-later"))
        return
    if isinstance(found, str):
        markup = _board_button(texts)
        await bot.send_message(person.id, texts(f"quiz-{found}"), reply_markup=markup)
        return
    choices = found.choices
    if any(length(choice) > MOST_OPTION for choice in choices):
        # Whole sentences are long in English: they stand above the quiz, which has their letters.
        await bot.send_message(person.id, choices_text(found))
        choices = tuple(LETTERS[: len(choices)])
    source = texts("quiz-explanation", title=found.title, place=place(found.place, found.title))
    sent = await bot.send_poll(
        person.id,
        found.question,
        [InputPollOption(text=choice, text_parse_mode=None) for choice in choices],
        question_parse_mode=None,
        is_anonymous=False,
        type=PollType.QUIZ,
        correct_option_ids=[found.right],
        explanation=shorten(source, MOST_EXPLANATION),
        explanation_parse_mode=None,
    )
    if sent.poll is not None:
        await quizzing.sent(person, sent.poll.id, found, game)


@router.poll_answer()
async def answered(poll_answer: PollAnswer, bot: Bot, person: Person) -> None:
    if not poll_answer.option_ids:  # a vote that was taken back; quizzes allow none
        return
    played = await quizzing.answer_poll(person, poll_answer.poll_id, poll_answer.option_ids[0])
    if played is None:
        return
    texts = person.texts
    keyboard = Buttons()
    data = Play(act="next", game=played.game or "")
    keyboard.button(text=texts("quiz-next"), callback_data=data)
    keyboard.button(text=texts("button-leaderboard"), callback_data=Play(act="board"))
    lines = [texts(f"quiz-{played.told}"), texts("quiz-points", points=played.points)]
    await bot.send_message(person.id, "\n".join(lines), reply_markup=keyboard.rows(2))


@router.message(Command("leaderboard"))
async def leaderboard(message: Message, person: Person) -> None:
    html, keyboard = _board(await quizzing.leaders(person), person.texts)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Play.filter(F.act == "board"))
async def show_board(query: CallbackQuery, person: Person) -> None:
    if isinstance(query.message, Message):
        html, keyboard = _board(await quizzing.leaders(person), person.texts)
        await query.message.answer(html, reply_markup=keyboard)


@router.callback_query(Play.filter(F.act == "join"))
async def join(query: CallbackQuery, person: Person, state: FSMContext) -> None:
    """Nobody is on the leaderboard but under a name that they give for it."""
    await state.set_state(Playing.name)
    await state.set_data({"at": person.now.isoformat()})
    if isinstance(query.message, Message):
        await query.message.answer(person.texts("leaderboard-ask-name", most=MOST_NAME))


@router.message(StateFilter(Playing.name), F.text, ~F.text.startswith("/"))
async def take_name(message: Message, person: Person, state: FSMContext) -> None:
    data = await state.get_data()
    if person.now - datetime.fromisoformat(data["at"]) > NAME_WITHIN:
        await state.clear()
        raise SkipHandler
    name = quizzing.shown_name(message.text or "")
    if name is None:
        await message.answer(person.texts("leaderboard-bad-name", most=MOST_NAME))
        return
    await state.clear()
    await quizzing.join(person, name)
    html, keyboard = _board(await quizzing.leaders(person), person.texts)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Play.filter(F.act == "leave"))
async def leave(query: CallbackQuery, person: Person) -> None:
    await quizzing.join(person, None)
    await replace(query, *_board(await quizzing.leaders(person), person.texts))


def _board_button(texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    keyboard.button(text=texts("button-leaderboard"), callback_data=Play(act="board"))
    return keyboard.rows()


def _board(leaders: Leaders, texts: Texts) -> tuple[Markup, InlineKeyboardMarkup]:
    """The week's best, the person's own points, and whether they are on it."""
    lines = [texts("leaderboard")]
    for rank, (name, points) in enumerate(leaders.best):
        medal = MEDALS[rank] if rank < len(MEDALS) else f"{rank + 1}."
        lines.append(texts.html("leaderboard-line", place=medal, name=name, points=points))
    if not leaders.best:
        lines.append(texts("leaderboard-empty"))
    lines.append(texts("quiz-points", points=leaders.points))
    if leaders.name:
        own = texts.html("leaderboard-as", name=leaders.name)
        lines.append(own + (f" · #{leaders.place}" if leaders.place else ""))
    else:
        lines.append(texts("leaderboard-off"))
    keyboard = Buttons()
    keyboard.button(text=texts("quiz-next"), callback_data=Play(act="next"))
    act = "leave" if leaders.name else "join"
    keyboard.button(text=texts(f"leaderboard-{act}"), callback_data=Play(act=act))
    return Markup("\n".join(lines)), keyboard.rows(1)
