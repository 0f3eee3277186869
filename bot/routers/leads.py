"""A dealer may call: agreeing to it, handing over one's own contact, and taking that back."""

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import (
    CallbackQuery,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram.utils.callback_answer import CallbackAnswer

from activities.leads import Leads
from bot.buttons import Buttons
from bot.callbacks import LeadAct, LeadOffer, Privacy
from bot.chats import replace
from bot.lead_cards import handed_over, leads_shown, masked, offer_lead
from bot.people import Person
from storage.database import Database
from storage.encryption import NUMBER
from storage.models import Dealer, Item
from storage.models.base import LANGUAGES
from storage.repositories import items
from wording.texts import Texts

router = Router(name="leads")
router.message.filter(F.chat.type == "private")

NOT_AGREED = {"gone": "lead-not-booked", "already": "lead-already", "locked": "lead-locked"}
CANCEL = {Texts(language)("lead-cancel") for language in LANGUAGES}
# What somebody types who is asked for their number.
LIKE_A_NUMBER = r"[\s().+-]*(?:\d[\s().+-]*){7,15}"


@router.callback_query(LeadOffer.filter(F.act == "agree"))
async def agree(
    query: CallbackQuery,
    callback_data: LeadOffer,
    person: Person,
    texts: Texts,
    leads: Leads,
    callback_answer: CallbackAnswer,
) -> None:
    if not isinstance(query.message, Message):
        callback_answer.text = texts("button-stale")
        return
    shown = query.message.text or ""
    outcome = await leads.agree(person, callback_data.item, callback_data.version, shown)
    if outcome == "old":
        async with person.database.read() as session:
            item = await items.get(session, callback_data.item)
        if item is not None:
            await offer_lead(query.message, person, item, leads)
        return
    if outcome != "agreed":
        callback_answer.text = texts(NOT_AGREED[outcome])
        callback_answer.show_alert = True
        return
    share = KeyboardButton(text=texts("lead-share"), request_contact=True)
    cancel = KeyboardButton(text=texts("lead-cancel"))
    keyboard = ReplyKeyboardMarkup(
        keyboard=[[share], [cancel]], resize_keyboard=True, one_time_keyboard=True
    )
    await query.message.answer(texts("lead-how-to-share"), reply_markup=keyboard)


@router.callback_query(LeadOffer.filter(F.act == "decline"))
async def decline(query: CallbackQuery, texts: Texts) -> None:
    await replace(query, texts("lead-declined"), None)


@router.message(F.text.in_(CANCEL))
async def cancel(message: Message, person: Person, texts: Texts, leads: Leads) -> None:
    await leads.cancel(person)
    await message.answer(texts("lead-declined"), reply_markup=ReplyKeyboardRemove())


@router.message(F.contact)
async def contact(
    message: Message, person: Person, texts: Texts, database: Database, leads: Leads
) -> None:
    shared = message.contact
    if shared is None:
        raise SkipHandler
    name = " ".join(filter(None, (shared.first_name, shared.last_name)))
    outcome, lead = await leads.hand_over(person, shared.user_id, name, shared.phone_number)
    if outcome == "none":
        raise SkipHandler
    if lead is None:
        await message.answer(texts(f"lead-{outcome}"))
        return
    async with database.read() as session:
        item = await session.get_one(Item, lead.item_id)
        dealer = await session.get_one(Dealer, lead.dealer_id)
    done = texts.html(
        "lead-handed",
        dealer=texts.pick(dealer.name),
        name=lead.name or "",
        phone=masked(lead.phone or ""),
    )
    await message.answer(done, reply_markup=ReplyKeyboardRemove())
    keyboard = Buttons()
    lines, buttons = leads_shown([(lead.id, item, dealer)], texts)
    keyboard.add_all(buttons)
    await message.answer("\n".join(lines), reply_markup=keyboard.rows(1))


@router.message(F.text.regexp(LIKE_A_NUMBER, mode="fullmatch"))
async def typed(message: Message, person: Person, texts: Texts, leads: Leads) -> None:
    """A typed number may be anybody's, so it is never taken; and it is no question either."""
    awaited = await leads.awaits(person)
    is_number = message.reply_to_message is None and NUMBER.fullmatch(message.text or "")
    if not awaited and not is_number:
        raise SkipHandler
    await message.answer(texts("lead-typed" if awaited else "number-not-kept"))


@router.callback_query(LeadAct.filter(F.act == "back"))
async def take_back(
    query: CallbackQuery,
    callback_data: LeadAct,
    person: Person,
    texts: Texts,
    leads: Leads,
    callback_answer: CallbackAnswer,
) -> None:
    taken = await leads.withdraw(person.id, callback_data.lead)
    callback_answer.text = texts("lead-taken-back" if taken else "lead-taken-before")
    callback_answer.show_alert = True
    keyboard = Buttons()
    lines, buttons = leads_shown(await handed_over(person), texts)
    keyboard.add_all(buttons)
    text = "\n".join([texts("lead-taken-back" if taken else "lead-taken-before"), *lines])
    await replace(query, text, keyboard.rows(1) if lines else None)


@router.callback_query(Privacy.filter(F.act == "leads"))
async def listed(query: CallbackQuery, person: Person, texts: Texts) -> None:
    keyboard = Buttons()
    lines, buttons = leads_shown(await handed_over(person), texts)
    keyboard.add_all(buttons)
    text = "\n".join(lines) or texts("lead-taken-before")
    await replace(query, text, keyboard.rows(1) if lines else None)
