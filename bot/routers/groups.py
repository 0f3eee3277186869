"""In a group: who mentions the bot or replies to it gets a short answer, nobody else any."""

from aiogram import Bot, F, Router
from aiogram.types import Message

from bot import answers, conversation
from bot.filters import Corrected
from bot.groups import GROUPS, GroupPace, short_answer, words_for
from bot.people import Person
from bot.routers.questions import MAX_QUESTION
from bot.routers.wishes import said
from retrieval.answer_service import AnswerService
from retrieval.batching import Busy
from retrieval.intents import Kind
from retrieval.knowledge import KnowledgeBaseMissing
from wording.texts import Markup

router = Router(name="groups")


@router.message(F.chat.type.in_(GROUPS))
@router.edited_message(F.chat.type.in_(GROUPS), Corrected())
async def mentioned(
    message: Message,
    bot: Bot,
    person: Person,
    answer_service: AnswerService,
    group_pace: GroupPace,
) -> None:
    words = words_for(message, await bot.me()) or ""
    html, asked = await _reply(words, message.chat.id, person, answer_service)
    if await group_pace.turn(message.chat.id):
        await person.exchanges.show(message, [html], None, asked, reply=True)


async def _reply(
    words: str, group: int, person: Person, answer_service: AnswerService
) -> tuple[str, str]:
    """The reply as HTML, and the question as it was understood."""
    texts = person.texts
    if not words:
        return texts("group-hint"), words
    if len(words) > MAX_QUESTION:
        return texts("too-long"), words
    try:
        found, understood = await conversation.answered(
            person, words, answer_service, group_id=group
        )
    except Busy as busy:
        return texts("answer-busy", waiting=busy.waiting), words
    except KnowledgeBaseMissing:
        return texts("answer-no-base"), words
    if found.intent.kind is not Kind.QUESTION and found.refused:
        return said(found.intent, texts), words
    if not person.anonymous:
        await answers.keep(person, words, found, understood, group)
    told = conversation.told(person, understood)
    reply = answers.refusal(found, texts) if found.refused else short_answer(found, texts)
    return Markup(told + reply), understood or words
