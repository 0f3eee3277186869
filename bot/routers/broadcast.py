"""/broadcast: item, segment, preview, send, watch. And what people do with an invite."""

from math import ceil
from typing import cast, get_args

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Campaign, Draft, DraftItems, Invite
from bot.chats import replace
from bot.filters import May
from bot.items import show_item
from bot.messages import invite_buttons, invite_text
from bot.people import Person
from campaigns.invites import Invites
from campaigns.planning import Planning, Steering
from services.recommending.serving import Recommendations
from services.recommending.tags import TOPICS
from services.redirects import Redirects
from services.tallies import Tallies, Tally
from storage.database import Database
from storage.models import Item
from storage.repositories import users
from wording.campaigns import audience_name
from wording.items import label
from wording.texts import Texts

staff = Router(name="broadcast-staff")
staff.message.filter(May("broadcast"))
staff.callback_query.filter(May("broadcast"))
everyone = Router(name="broadcast-everyone")

PAGE = 8
NOT_LAUNCHED = {
    "not-offered": "broadcast-not-offered",
    "old": "broadcast-old",
    "before": "broadcast-launched",
    "waiting": "broadcast-waiting",
    "empty": "broadcast-empty",
}
# Among more people an audience is looked through only when it is sent.
FEW = 2_000


@staff.message(Command("broadcast"))
async def plan(message: Message, person: Person, recommendations: Recommendations) -> None:
    html, keyboard = await choice(person, 0, recommendations)
    await message.answer(html, reply_markup=keyboard)


@staff.callback_query(DraftItems.filter())
async def turn(
    query: CallbackQuery,
    callback_data: DraftItems,
    person: Person,
    recommendations: Recommendations,
) -> None:
    await replace(query, *await choice(person, callback_data.page, recommendations))


async def choice(
    person: Person, page: int, recommendations: Recommendations
) -> tuple[str, InlineKeyboardMarkup]:
    """A page of what people can be invited to, as text and buttons."""
    texts, assortment = person.texts, await recommendations.followed()
    which = assortment.on_offer(person.now) & assortment.has_room()
    pages = max(ceil(int(which.sum()) / PAGE), 1)
    page = max(0, min(page, pages - 1))
    # Dated ones first: most broadcasts are for events.
    ids = assortment.page(which, page * PAGE, PAGE, dated_first=True)
    found = await recommendations.items(ids)
    offered = [found[name] for name in ids if name in found]
    keyboard = Buttons()
    for item in offered:
        keyboard.button(text=label(item, texts), callback_data=Draft(item=item.id))
    pager = [("button-previous", page - 1)] if page else []
    pager += [("button-next", page + 1)] if page + 1 < pages else []
    for key, to in pager:
        keyboard.button(text=texts(key), callback_data=DraftItems(page=to))
    head = texts("broadcast-item", page=page + 1, pages=pages)
    return head, keyboard.rows(*[1] * len(offered), max(len(pager), 1))


@staff.callback_query(Draft.filter(F.kind == ""))
async def choose_segment(
    query: CallbackQuery, callback_data: Draft, texts: Texts, database: Database, tallies: Tallies
) -> None:
    async with database.read() as session:
        item = await session.get_one(Item, callback_data.item)
    cities = (await audiences(tallies)).value.cities
    segments = [("all", ""), ("car", "owns"), ("car", "plans")]
    # Others than these nobody can have chosen.
    segments += [("topic", topic) for topic in item.topics if topic in TOPICS]
    segments += [("city", city) for city in cities]
    keyboard = Buttons()
    for kind, value in segments:
        data = Draft(item=item.id, kind=kind, value=value)
        keyboard.button(
            text=audience_name({"kind": kind, "value": value}, texts), callback_data=data
        )
    keyboard.button(text=texts("broadcast-cancel"), callback_data=Campaign(act="drop", campaign=0))
    title = texts.pick(item.title)
    markup = keyboard.rows(1, 2, 2)
    await replace(query, texts.html("broadcast-segment", title=title), markup)


@staff.callback_query(Draft.filter())
async def preview(
    query: CallbackQuery,
    callback_data: Draft,
    person: Person,
    texts: Texts,
    planning: Planning,
    tallies: Tallies,
) -> None:
    """Shows the invite just as it will be sent, the number of people, and the buttons to send."""
    kind, value = callback_data.kind, callback_data.value
    tally = await audiences(tallies)
    large = tally.value.users > FEW
    counted = tally.value.sizes.get((kind, value), 0) if large else None
    segment = {"kind": kind, "value": value}
    drafted = await planning.draft(person, callback_data.item, segment, counted)
    if drafted is None or not drafted.size:
        key = "broadcast-nobody" if drafted else "broadcast-not-offered"
        await replace(query, texts(key), None)
        return
    item, campaign_id, size = drafted
    name = audience_name(segment, texts)
    told = texts.html("broadcast-preview", count=size, segment=name)
    if large:
        told += "\n" + texts("broadcast-large", when=texts.when(tally.as_of or person.now))
    await replace(query, told, None)
    if not isinstance(query.message, Message):
        return
    buttons = invite_buttons(campaign_id, texts)
    await query.message.answer(invite_text(item, texts), reply_markup=buttons)
    keyboard = Buttons()
    for key, act in (("broadcast-send", "send"), ("broadcast-cancel", "drop")):
        data = Campaign(act=act, campaign=campaign_id)
        keyboard.button(text=texts(key, count=size), callback_data=data)
    head = texts("broadcast-ready", count=size)
    await query.message.answer(head, reply_markup=keyboard.rows(1))


@staff.callback_query(Campaign.filter(F.act == "drop"))
async def drop(
    query: CallbackQuery,
    callback_data: Campaign,
    person: Person,
    texts: Texts,
    planning: Planning,
) -> None:
    await planning.discard(person, callback_data.campaign)
    await replace(query, texts("broadcast-discarded"), None)


@staff.callback_query(Campaign.filter(F.act == "send"))
async def send(
    query: CallbackQuery,
    callback_data: Campaign,
    person: Person,
    texts: Texts,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    shown = query.message.message_id if isinstance(query.message, Message) else None
    outcome = await planning.launch(person, callback_data.campaign, shown)
    if outcome == "submitted":
        await replace(query, texts("broadcast-submitted"), None)
    elif outcome != "launched":
        callback_answer.text = texts(NOT_LAUNCHED[outcome])


@staff.callback_query(Campaign.filter(F.act.in_(get_args(Steering))))
async def steer(
    _query: CallbackQuery,
    callback_data: Campaign,
    person: Person,
    texts: Texts,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    status = await planning.steer(person, callback_data.campaign, cast(Steering, callback_data.act))
    if status is not None:
        callback_answer.text = texts(f"broadcast-status-{status}")


@everyone.callback_query(Invite.filter(F.act == "open"))
async def open_invite(
    query: CallbackQuery,
    callback_data: Invite,
    person: Person,
    texts: Texts,
    invites: Invites,
    redirects: Redirects,
    callback_answer: CallbackAnswer,
) -> None:
    campaign = await invites.open_invite(person, callback_data.campaign, _tapped(query))
    if campaign is None:
        callback_answer.text = texts("button-stale")
    elif isinstance(query.message, Message):
        await show_item(query.message, person, campaign.item_id, f"c{campaign.id}")
        if (link := redirects.link(campaign, person.id)) is not None:
            keyboard = Buttons()
            keyboard.button(text=texts("invite-link-button"), url=link)
            await query.message.answer(texts("invite-link"), reply_markup=keyboard.rows(1))


@everyone.callback_query(Invite.filter(F.act == "stop"))
async def stop_invites(
    query: CallbackQuery,
    callback_data: Invite,
    person: Person,
    texts: Texts,
    invites: Invites,
    callback_answer: CallbackAnswer,
) -> None:
    stopped = await invites.refuse_invites(person, callback_data.campaign, _tapped(query))
    callback_answer.show_alert = True
    callback_answer.text = texts("invite-stopped" if stopped else "invite-preview")


def _tapped(query: CallbackQuery) -> int:
    return query.message.message_id if query.message else 0


async def audiences(tallies: Tallies) -> Tally[users.Audiences]:
    return await tallies.of("audiences", users.audiences, lambda found: found.users, FEW)
