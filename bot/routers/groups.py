"""In a group: who mentions the bot or replies to it gets a short answer, nobody else any."""

import logging

from aiogram import Bot, F, Router
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound
from aiogram.types import EphemeralMessageParameters, Message, ReplyParameters

from activities.bookings import mine
from bot.chats import NO_PREVIEW
from bot.filters import Corrected
from bot.forms import Form
from bot.groups import GROUPS, GroupPace, personal_command, short_answer, words_for
from bot.people import Person
from bot.routers.questions import MAX_QUESTION
from retrieval.batching import Busy
from retrieval.knowledge import KnowledgeBaseMissing
from services.answering.asking import Asking, keep
from services.recommending.serving import Recommendations
from wording.answers import refusal, said, understood_line
from wording.items import label
from wording.texts import Markup

log = logging.getLogger(__name__)
router = Router(name="groups")
SHOWN_ALONE = 5


@router.message(F.chat.type.in_(GROUPS))
@router.edited_message(F.chat.type.in_(GROUPS), Corrected())
async def mentioned(
    message: Message,
    bot: Bot,
    person: Person,
    asking: Asking,
    recommendations: Recommendations,
    group_pace: GroupPace,
) -> None:
    if (wanted := personal_command(message)) is not None:
        await _show_alone(message, bot, person, wanted, recommendations)
        return
    words = words_for(message, await bot.me()) or ""
    html, asked = await _reply(words, message.chat.id, person, asking)
    if await group_pace.turn(message.chat.id):
        await person.exchanges.show(person, message, Form([html]), asked, reply=True)


async def _show_alone(
    message: Message, bot: Bot, person: Person, wanted: str, recommendations: Recommendations
) -> None:
    """What is for one person is seen by nobody else in the group; where Telegram can't do that, a
    link leads to their own chat. Nothing in it can be tapped here: what followed would be public.
    """
    texts, link = person.texts, f"https://t.me/{(await bot.me()).username}?start="
    if person.anonymous:
        html = texts.html("group-alone-where", link=f"{link}{wanted}")
    else:
        lines = await _lines(person, wanted, link, recommendations)
        html = "\n".join([*lines, texts.html("group-alone-where", link=f"{link}{wanted}")])
        for_one = EphemeralMessageParameters(receiver_user_id=person.id)
        # Only an administrator may tell one person something that is no reply to their command.
        unseen = message.ephemeral_message_id
        below = ReplyParameters(ephemeral_message_id=unseen) if unseen is not None else None
        try:
            await bot.send_message(
                message.chat.id,
                html,
                ephemeral_message_parameters=for_one,
                reply_parameters=below,
                link_preview_options=NO_PREVIEW,
            )
            return
        except (TelegramBadRequest, TelegramNotFound) as error:
            log.info("An ephemeral message was refused: %s", error.message)
            html = texts.html("group-alone-where", link=f"{link}{wanted}")
    await bot.send_message(message.chat.id, html, link_preview_options=NO_PREVIEW)


async def _lines(
    person: Person, wanted: str, link: str, recommendations: Recommendations
) -> list[str]:
    """What a person asked for, each thing a link to its card in their own chat."""
    texts = person.texts
    if wanted == "recommend":
        picked = [one.item for one in await recommendations.for_person(person, SHOWN_ALONE)]
    elif wanted == "my":
        picked = list((await mine(person))[:SHOWN_ALONE])
    else:
        return []
    head = texts("group-alone" if picked else "group-alone-nothing")
    return [
        head,
        *(
            texts.html("group-alone-item", item=label(item, texts), link=f"{link}item_{item.id}")
            for item in picked
        ),
    ]


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
    told = understood_line(understood, texts)
    reply = refusal(found, texts) if found.refused else short_answer(found, texts)
    return Markup(told + reply), understood or words
