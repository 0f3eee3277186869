"""/campaign: plan an invite, look at it, and have it approved and sent."""

from typing import Literal

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot import campaign_screens as screens
from bot.callbacks import Planned
from bot.chats import NO_PREVIEW, replace
from bot.filters import May
from bot.messenger import TelegramMessenger
from bot.people import Person
from campaigns.checking import check
from campaigns.drafting import Drafting
from campaigns.planning import Planning
from campaigns.reach import Reach
from campaigns.trial import send_to_oneself
from services import dialogues
from services.messenger import Undelivered
from services.permissions import may
from storage.database import Database
from storage.repositories import drafts
from wording.campaign_preview import findings_text, preview_text

router = Router(name="campaign")
router.message.filter(May("list"), F.chat.type == "private")
router.callback_query.filter(May("list"))


@router.message(Command("campaign"))
async def begin(message: Message, person: Person, planning: Planning) -> None:
    await dialogues.close(person)
    html, keyboard = await _home(person, planning)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Planned.filter(F.act == "home"))
async def home(query: CallbackQuery, person: Person, planning: Planning) -> None:
    await dialogues.close(person)
    await replace(query, *await _home(person, planning))


async def _home(person: Person, planning: Planning) -> screens.Screen:
    async with planning.database.read() as session:
        counts = await drafts.by_status(session, _whose(person))
        submitted = await drafts.page(session, None, ("submitted",), 100, 0)
    waiting = [1 for campaign, _ in submitted if person.id in await planning.approvers(campaign)]
    return screens.home(person, counts, len(waiting))


def _whose(person: Person) -> int | None:
    """Whose campaigns a person sees: None for everybody's."""
    return None if may(person.row, "others") else person.id


@router.callback_query(Planned.filter((F.act == "list") & F.what.in_(screens.GROUPS)))
async def list_(
    query: CallbackQuery, callback_data: Planned, person: Person, database: Database
) -> None:
    group, page = callback_data.what, callback_data.page
    statuses, whose = screens.GROUPS[group], _whose(person)
    async with database.read() as session:
        counts = await drafts.by_status(session, whose)
        offset = page * screens.PAGE
        shown = await drafts.page(session, whose, statuses, screens.PAGE, offset)
    count = sum(counts.get(status, 0) for status in statuses)
    await replace(query, *screens.listing(person, group, page, count, shown))


@router.callback_query(Planned.filter(F.act == "show"))
async def show(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    await dialogues.close(person)
    await put_card(query, person, planning, callback_data.campaign, callback_answer)


async def put_card(
    query: CallbackQuery,
    person: Person,
    planning: Planning,
    campaign_id: int,
    callback_answer: CallbackAnswer,
) -> None:
    """Puts a campaign as it is now in the place of the message."""
    screen = await card_of(person, planning, campaign_id)
    if screen is None:
        callback_answer.text = person.texts("planned-old")
        return
    await replace(query, *screen)


async def card_of(person: Person, planning: Planning, campaign_id: int) -> screens.Screen | None:
    whole = await planning.read(person, campaign_id)
    if whole is None:
        return None
    return screens.card(person, whole, await planning.approvers(whole.campaign))


async def answer_card(
    message: Message, person: Person, planning: Planning, campaign_id: int
) -> None:
    """The same below what was typed."""
    screen = await card_of(person, planning, campaign_id)
    html, keyboard = screen or (person.texts("planned-old"), None)
    await message.answer(html, reply_markup=keyboard, link_preview_options=NO_PREVIEW)


@router.callback_query(Planned.filter(F.act == "submit"))
async def submit(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await planning.submit(person, callback_data.campaign)
    callback_answer.text = person.texts(f"planned-submit-{outcome}")
    callback_answer.show_alert = outcome != "submitted"
    await put_card(query, person, planning, callback_data.campaign, callback_answer)


@router.callback_query(Planned.filter(F.act == "check"))
async def check_(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    """A message of its own, so that it stands beside what is mended."""
    whole = await planning.read(person, callback_data.campaign)
    if whole is None or not isinstance(query.message, Message):
        callback_answer.text = person.texts("planned-old")
        return
    async with planning.database.read() as session:
        found = await check(session, whole.campaign, whole.item, whole.variants, person.now)
    await query.message.answer(findings_text(found, person.texts))


@router.callback_query(Planned.filter(F.act == "preview"))
async def preview(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    reach: Reach,
    messenger: TelegramMessenger,
    callback_answer: CallbackAnswer,
) -> None:
    """Whom it would reach, and the invites as they will look."""
    whole = await planning.read(person, callback_data.campaign)
    if whole is None or not isinstance(query.message, Message):
        callback_answer.text = person.texts("planned-old")
        return
    found = await reach.preview(whole.campaign, person.now)
    await query.message.answer(preview_text(whole.campaign, found, person.texts))
    await _show(query, person, planning, messenger, callback_data.campaign, "preview")


@router.callback_query(Planned.filter(F.act == "test"))
async def test(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    messenger: TelegramMessenger,
) -> None:
    await _show(query, person, planning, messenger, callback_data.campaign, "test")


async def _show(
    query: CallbackQuery,
    person: Person,
    planning: Planning,
    messenger: TelegramMessenger,
    campaign_id: int,
    use: Literal["preview", "test"],
) -> None:
    """Sends the invites; below them the campaign once more."""
    if not isinstance(query.message, Message):
        return
    try:
        await send_to_oneself(planning, messenger, person, campaign_id, use)
    except Undelivered as error:
        await query.message.answer(person.texts.html("planned-test-failed", why=str(error)))
    await answer_card(query.message, person, planning, campaign_id)


@router.callback_query(Planned.filter(F.act == "send"), May("send"))
async def send(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    """The message becomes the progress, where it is the writer's."""
    shown = query.message.message_id if isinstance(query.message, Message) else None
    outcome = await planning.launch(person, callback_data.campaign, shown, callback_data.to)
    callback_answer.text = person.texts(f"planned-send-{outcome}")
    if outcome not in ("launched", "scheduled"):
        callback_answer.show_alert = True
    if outcome != "launched":
        await put_card(query, person, planning, callback_data.campaign, callback_answer)


@router.callback_query(Planned.filter(F.act == "reopen"))
async def reopen(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    drafting: Drafting,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await drafting.reopen(person, callback_data.campaign)
    callback_answer.text = person.texts(f"planned-reopen-{outcome}")
    await put_card(query, person, planning, callback_data.campaign, callback_answer)


@router.callback_query(Planned.filter(F.act == "discard"))
async def discard(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    """Asked once more before."""
    if callback_data.to != "sure":
        await replace(query, *screens.sure(person, callback_data.campaign))
        return
    done = await planning.discard(person, callback_data.campaign)
    callback_answer.text = person.texts("planned-discarded" if done else "planned-old")
    await replace(query, *await _home(person, planning))
