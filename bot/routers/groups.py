"""In a group: who mentions the bot or replies to it gets a short answer, nobody else any."""

from aiogram import Bot, F, Router
from aiogram.types import Message

from bot import answers
from bot.filters import Corrected
from bot.forms import Form
from bot.groups import GROUPS, GroupPace, short_answer, words_for
from bot.people import Person
from bot.routers.questions import MAX_QUESTION
from bot.routers.wishes import said
from retrieval.batching import Busy
from retrieval.knowledge import KnowledgeBaseMissing
from services.answering.asking import Asking, keep
from wording.texts import Markup

router = Router(name="groups")


@router.message(F.chat.type.in_(GROUPS))
@router.edited_message(F.chat.type.in_(GROUPS), Corrected())
async def mentioned(
    message: Message,
    bot: Bot,
    person: Person,
    asking: Asking,
    group_pace: GroupPace,
) -> None:
    words = words_for(message, await bot.me()) or ""
    html, asked = await _reply(words, message.chat.id, person, asking)
    if await group_pace.turn(message.chat.id):
        await person.exchanges.show(person, message, Form([html]), asked, reply=True)


async def _reply(words: str, group: int, person: Person, asking: Asking) -> tuple[str, str]:
    """The reply as HTML, and the question as it was understood."""
    texts = person.texts
    if not words:
        return texts("group-hint"), words
    if len(words) > MAX_QUESTION:
        return texts("too-long"), words
    try:
        asked = await asking.ask(person, words, group=group, about=person.about)
    except Busy as busy:
        return texts("answer-busy", waiting=busy.waiting), words
    except KnowledgeBaseMissing:
        return texts("answer-no-base"), words
    found, understood = asked.answer, asked.understood
    if not asked.is_question and found.refused:
        return said(found.intent, texts), words
    if not person.anonymous:
        await keep(person, words, asked, group)
    told = answers.understood_line(understood, texts)
    reply = answers.refusal(found, texts) if found.refused else short_answer(found, texts)
    return Markup(told + reply), understood or words
