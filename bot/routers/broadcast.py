"""/broadcast: item, segment, preview, send, watch. And what people do with an invite."""

from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.buttons import Buttons
from bot.callbacks import Campaign, Draft, DraftItems, Invite
from bot.cards import label
from bot.chats import replace
from bot.filters import IsAdmin
from bot.items import show_item
from bot.messenger import invite_buttons, invite_text
from bot.people import Person
from bot.tag_words import topic_name
from bot.texts import Texts
from campaigns.broadcast import Broadcaster, invited
from services.recommending.serving import Recommendations
from services.recommending.tags import TOPICS
from services.tallies import Tallies, Tally
from storage.database import Database
from storage.models import Campaign as CampaignRow
from storage.models import Item
from storage.repositories import campaigns, items, signals, users

router = Router(name="broadcast")
staff = Router(name="broadcast-staff")
staff.message.filter(IsAdmin())
staff.callback_query.filter(IsAdmin())
everyone = Router(name="broadcast-everyone")
# A router's own handlers come before those of the routers in it, so it has none.
router.include_routers(staff, everyone)

PAGE = 8
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
        keyboard.button(text=segment_name(kind, value, texts), callback_data=data)
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
    database: Database,
    tallies: Tallies,
) -> None:
    """Shows the invite just as it will be sent, the number of people, and the buttons to send."""
    segment = {"kind": callback_data.kind, "value": callback_data.value}
    tally = await audiences(tallies)
    large = tally.value.users > FEW
    async with database.write() as session:
        item = await items.on_offer_now(session, callback_data.item, person.now)
        size = 0
        if item is not None:
            campaign, size = await campaigns.draft(
                session, person.id, item.id, segment, person.now, large=large
            )
            if large:
                size = tally.value.sizes.get((callback_data.kind, callback_data.value), 0)
            if not size:
                await campaigns.set_status(session, campaign.id, "cancelled", was=["draft"])
    if item is None or not size:
        key = "broadcast-nobody" if item else "broadcast-not-offered"
        await replace(query, texts(key), None)
        return
    name = segment_name(callback_data.kind, callback_data.value, texts)
    told = texts.html("broadcast-preview", count=size, segment=name)
    if large:
        told += "\n" + texts("broadcast-large", when=texts.when(tally.as_of or person.now))
    await replace(query, told, None)
    if not isinstance(query.message, Message):
        return
    buttons = invite_buttons(campaign.id, texts)
    await query.message.answer(invite_text(item, texts), reply_markup=buttons)
    keyboard = Buttons()
    for key, act in (("broadcast-send", "send"), ("broadcast-cancel", "drop")):
        data = Campaign(act=act, campaign=campaign.id)
        keyboard.button(text=texts(key, count=size), callback_data=data)
    head = texts("broadcast-ready", count=size)
    await query.message.answer(head, reply_markup=keyboard.rows(1))


@staff.callback_query(Campaign.filter(F.act == "drop"))
async def drop(
    query: CallbackQuery, callback_data: Campaign, texts: Texts, database: Database
) -> None:
    async with database.write() as session:
        await campaigns.set_status(session, callback_data.campaign, "cancelled", was=["draft"])
    await replace(query, texts("broadcast-discarded"), None)


@staff.callback_query(Campaign.filter(F.act == "send"))
async def send(
    query: CallbackQuery,
    callback_data: Campaign,
    person: Person,
    texts: Texts,
    database: Database,
    broadcaster: Broadcaster,
    callback_answer: CallbackAnswer,
) -> None:
    async with database.write() as session:
        campaign = await campaigns.get(session, callback_data.campaign)
        if campaign and not await items.on_offer_now(session, campaign.item_id, person.now):
            callback_answer.text = texts("broadcast-not-offered")
            return
        launched = await campaigns.launch(session, callback_data.campaign, person.now)
        if launched and isinstance(query.message, Message):
            await campaigns.set_progress_message(
                session, callback_data.campaign, query.message.message_id
            )
    if not launched:
        is_draft = campaign is None or campaign.status == "draft"
        callback_answer.text = texts("broadcast-old" if is_draft else "broadcast-launched")
        return
    broadcaster.start(callback_data.campaign)
    broadcaster.tell(callback_data.campaign)


@staff.callback_query(Campaign.filter(F.act.in_({"pause", "resume", "stop"})))
async def steer(
    _query: CallbackQuery,
    callback_data: Campaign,
    texts: Texts,
    database: Database,
    broadcaster: Broadcaster,
    callback_answer: CallbackAnswer,
) -> None:
    status, was = {
        "pause": ("paused", ["sending"]),
        "resume": ("sending", ["paused"]),
        "stop": ("cancelled", ["sending", "paused"]),
    }[callback_data.act]
    async with database.write() as session:
        moved = await campaigns.set_status(session, callback_data.campaign, status, was=was)
    if moved:
        callback_answer.text = texts(f"broadcast-status-{status}")
    if moved and status == "sending":
        broadcaster.start(callback_data.campaign)
    broadcaster.tell(callback_data.campaign)


@everyone.callback_query(Invite.filter(F.act == "open"))
async def open_invite(
    query: CallbackQuery,
    callback_data: Invite,
    person: Person,
    texts: Texts,
    database: Database,
    callback_answer: CallbackAnswer,
) -> None:
    async with database.read() as session:
        campaign = await campaigns.get(session, callback_data.campaign)
        real = await _is_invite(query, callback_data, session)
    if campaign is None:
        callback_answer.text = texts("button-stale")
    if campaign is None or not isinstance(query.message, Message):
        return
    if real:
        async with database.write() as session:
            await _note_arrival(session, query, campaign, person)
        await person.note("invite_opened", "item", campaign.item_id, campaign_id=campaign.id)
    await show_item(query.message, person, campaign.item_id, f"c{campaign.id}")


@everyone.callback_query(Invite.filter(F.act == "stop"))
async def stop_invites(
    query: CallbackQuery,
    callback_data: Invite,
    person: Person,
    texts: Texts,
    database: Database,
    callback_answer: CallbackAnswer,
) -> None:
    callback_answer.show_alert = True
    async with database.write() as session:
        campaign = await campaigns.get(session, callback_data.campaign)
        # An invite whose campaign is gone is still one; the button keeps its promise.
        if campaign and person.is_admin and not await _is_invite(query, callback_data, session):
            callback_answer.text = texts("invite-preview")
            return
        if campaign:
            await _note_arrival(session, query, campaign, person)
        await users.change(session, person.id, invites=False)
    await person.note("opted_out", "invites", "all", campaign_id=callback_data.campaign)
    callback_answer.text = texts("invite-stopped")


async def _is_invite(query: CallbackQuery, data: Invite, session: AsyncSession) -> bool:
    """Whether the tapped message is what the person was sent, and not an admin's preview."""
    message = query.message.message_id if query.message else 0
    return await campaigns.is_invite(session, data.campaign, query.from_user.id, message)


async def _note_arrival(
    session: AsyncSession, query: CallbackQuery, campaign: CampaignRow, person: Person
) -> None:
    """Whoever taps an invite has it, also if that was in doubt."""
    if person.is_admin or query.message is None:  # an admin may have tapped the preview
        return
    message = query.message.message_id
    if await campaigns.has_arrived(session, campaign.id, person.id, message, person.now):
        told = invited(campaign.id, person.id, campaign.item_id, person.now)
        await signals.record(session, [told])


@everyone.message(Command("broadcast"))
async def refuse(message: Message, texts: Texts) -> None:
    await message.answer(texts("not-allowed"))


async def audiences(tallies: Tallies) -> Tally[users.Audiences]:
    return await tallies.of("audiences", users.audiences, lambda found: found.users, FEW)


def segment_name(kind: str, value: str, texts: Texts) -> str:
    if kind == "topic":
        return texts("segment-topic", topic=topic_name(value, texts))
    if kind == "city":
        return texts("segment-city", city=value)
    return texts(f"segment-{kind}-{value}" if value else f"segment-{kind}")
