"""In a group: who mentions the bot or replies to it gets a short answer, nobody else any."""

from aiogram import Bot, F, Router
from aiogram.types import Message

from bot import answers, conversation
from bot.chats import NO_PREVIEW
from bot.groups import GROUPS, GroupPace, short_answer, words_for
from bot.people import Person
from bot.routers.questions import MAX_QUESTION
from bot.routers.wishes import said
from bot.texts import Markup
from retrieval.answer_service import AnswerService
from retrieval.batching import Busy
from retrieval.intents import Kind
from retrieval.knowledge import KnowledgeBaseMissing

router = Router(name="groups")


@router.message(F.chat.type.in_(GROUPS))
async def mentioned(
    message: Message,
    bot: Bot,
    person: Person,
    answer_service: AnswerService,
    group_pace: GroupPace,
) -> None:
    words = words_for(message, await bot.me()) or ""
    html = await _reply(words, message.chat.id, person, answer_service)
    if await group_pace.turn(message.chat.id):
        await message.reply(html, link_preview_options=NO_PREVIEW, allow_sending_without_reply=True)


async def _reply(words: str, group: int, person: Person, answer_service: AnswerService) -> str:
    texts = person.texts
    if not words:
        return texts("group-hint")
    if len(words) > MAX_QUESTION:
        return texts("too-long")
    try:
        found, understood = await conversation.answered(
            person, words, answer_service, group_id=group
        )
    except Busy as busy:
        return texts("answer-busy", waiting=busy.waiting)
    except KnowledgeBaseMissing:
        return texts("answer-no-base")
    if found.intent.kind is not Kind.QUESTION and found.refused:
        return said(found.intent, texts)
    if not person.anonymous:
        await answers.keep(person, words, found, understood, group)
    told = conversation.told(person, understood)
    reply = answers.refusal(found, texts) if found.refused else short_answer(found, texts)
    return Markup(told + reply)
