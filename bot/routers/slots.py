"""Choosing one of an item's times: held, confirmed, moved; and the line for a seat."""

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import bookings, waitlist
from activities.leads import Leads
from activities.shop import Shop
from bot.callbacks import BookingAct, ItemAct, SlotAct, Times, WaitAct
from bot.chats import replace
from bot.lead_cards import offer_lead
from bot.people import Person
from bot.routers.shop import NOT_SOLD
from bot.tickets import booking_card, send_calendar, send_place, send_ticket
from bot.times import hold_card, times
from wording.texts import Texts

router = Router(name="slots")


@router.callback_query(ItemAct.filter(F.act == "times"))
async def first_times(query: CallbackQuery, callback_data: ItemAct, person: Person) -> None:
    """Below the card, which stays."""
    if isinstance(query.message, Message):
        html, keyboard = await times(person, callback_data.item, 0)
        await query.message.answer(html, reply_markup=keyboard)


@router.callback_query(Times.filter())
async def more_times(query: CallbackQuery, callback_data: Times, person: Person) -> None:
    await replace(query, *await times(person, callback_data.item, callback_data.page))


@router.callback_query(SlotAct.filter(F.act == "take"))
async def take(
    query: CallbackQuery,
    callback_data: SlotAct,
    person: Person,
    texts: Texts,
    shop: Shop,
    callback_answer: CallbackAnswer,
) -> None:
    chosen = await bookings.choose(person, callback_data.slot)
    outcome, booking, event = chosen.outcome, chosen.booking, chosen.event
    if outcome == "gone":
        callback_answer.text = texts("item-gone")
    elif outcome == "buy":
        bought = await shop.buy(person, chosen.item_id, callback_data.slot)
        if bought != "offered":
            callback_answer.text = texts(NOT_SOLD[bought])
            callback_answer.show_alert = True
    elif outcome in ("full", "begun"):
        callback_answer.text = texts("slot-full" if outcome == "full" else "item-begun")
        callback_answer.show_alert = True
        await replace(query, *await times(person, chosen.item_id, 0))
    elif booking is not None and event is not None and outcome == "held":
        await replace(query, *hold_card(booking, event, person))
    elif booking is not None and event is not None:
        callback_answer.text = texts("slot-moved" if outcome == "moved" else "already-booked")
        await replace(query, *booking_card(booking, event, person))


@router.callback_query(BookingAct.filter(F.act == "confirm"))
async def confirm(
    query: CallbackQuery,
    callback_data: BookingAct,
    person: Person,
    texts: Texts,
    leads: Leads,
    callback_answer: CallbackAnswer,
) -> None:
    outcome, booking, event = await bookings.confirm(person, callback_data.booking)
    if booking is None or event is None or outcome in ("gone", "begun"):
        callback_answer.text = texts("item-begun" if outcome == "begun" else "hold-gone")
        callback_answer.show_alert = True
        if event is not None:
            await replace(query, *await times(person, event.item.id, 0))
        return
    callback_answer.text = texts("booked", title=texts.pick(event.item.title))
    await replace(query, *booking_card(booking, event, person))
    if outcome == "booked" and isinstance(query.message, Message):
        await offer_lead(query.message, person, event.item, leads)


@router.callback_query(BookingAct.filter(F.act == "free"))
async def let_go(
    query: CallbackQuery,
    callback_data: BookingAct,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    booking = await bookings.let_go(person, callback_data.booking)
    if booking is not None:
        callback_answer.text = texts("let-go")
        await replace(query, *await times(person, booking.item_id, 0))


@router.callback_query(BookingAct.filter(F.act == "move"))
async def move(query: CallbackQuery, callback_data: BookingAct, person: Person) -> None:
    booking, _ = await bookings.of(person, callback_data.booking)
    if booking is not None:
        await replace(query, *await times(person, booking.item_id, 0))


@router.callback_query(BookingAct.filter(F.act == "show"))
async def show(
    query: CallbackQuery,
    callback_data: BookingAct,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    booking, event = await bookings.of(person, callback_data.booking)
    if booking is None or event is None:
        callback_answer.text = texts("not-booked")
    elif isinstance(query.message, Message):
        html, keyboard = booking_card(booking, event, person)
        await query.message.answer(html, reply_markup=keyboard)


@router.callback_query(BookingAct.filter(F.act.in_(("ticket", "calendar", "map"))))
async def hand_out(
    query: CallbackQuery,
    callback_data: BookingAct,
    bot: Bot,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    if not isinstance(query.message, Message):
        return
    number = callback_data.booking
    if callback_data.act == "ticket":
        sent = await send_ticket(query.message, bot, person, number)
    elif callback_data.act == "calendar":
        sent = await send_calendar(query.message, person, number)
    else:
        sent = await send_place(query.message, person, number)
    if not sent:
        callback_answer.text = texts("ticket-none")


@router.callback_query(BookingAct.filter(F.act == "rate"))
async def rate(
    _query: CallbackQuery,
    callback_data: BookingAct,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    stars = callback_data.stars
    rated = await bookings.rate(person, callback_data.booking, stars)
    callback_answer.text = texts("rated", stars=stars) if rated else texts("not-rated")


@router.callback_query(ItemAct.filter(F.act == "wait"))
async def wait_for_any(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await waitlist.join(person, callback_data.item)
    callback_answer.text = await _joined(outcome, person, callback_data.item)
    callback_answer.show_alert = outcome == "waiting"


@router.callback_query(SlotAct.filter(F.act == "wait"))
async def wait_for_slot(
    query: CallbackQuery,
    callback_data: SlotAct,
    person: Person,
    callback_answer: CallbackAnswer,
) -> None:
    outcome, item_id = await waitlist.join_slot(person, callback_data.slot)
    callback_answer.text = await _joined(outcome, person, item_id)
    callback_answer.show_alert = outcome == "waiting"
    if outcome == "room" and item_id is not None:
        await replace(query, *await times(person, item_id, 0))


async def _joined(outcome: str, person: Person, item_id: str | None) -> str:
    if outcome == "gone":
        return person.texts("item-gone")
    if outcome != "waiting":
        return person.texts(f"wait-{outcome}")
    places = await waitlist.places(person)
    number = next((place.number for place in places if place.row.item_id == item_id), 1)
    return person.texts("wait-joined", number=number)


@router.callback_query(WaitAct.filter(F.act == "yes"))
async def accept(
    query: CallbackQuery,
    callback_data: WaitAct,
    person: Person,
    texts: Texts,
    shop: Shop,
    leads: Leads,
    callback_answer: CallbackAnswer,
) -> None:
    outcome, booking, event = await waitlist.accept(person, callback_data.waiting)
    if outcome == "buy" and event is not None:
        slot_id = event.slot.id if event.slot else None
        bought = await shop.buy(person, event.item.id, slot_id)
        if bought != "offered":
            callback_answer.text = texts(NOT_SOLD[bought])
    elif outcome in ("booked", "moved") and booking is not None and event is not None:
        callback_answer.text = texts("booked", title=texts.pick(event.item.title))
        await replace(query, *booking_card(booking, event, person))
        if outcome == "booked" and isinstance(query.message, Message):
            await offer_lead(query.message, person, event.item, leads)
    else:
        callback_answer.text = texts("wait-gone")
        callback_answer.show_alert = True


@router.callback_query(WaitAct.filter(F.act == "no"))
async def decline(
    query: CallbackQuery,
    callback_data: WaitAct,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    left = await waitlist.leave(person, callback_data.waiting)
    callback_answer.text = texts("wait-left" if left else "wait-gone")
    if left:
        await replace(query, texts("wait-left"), None)
