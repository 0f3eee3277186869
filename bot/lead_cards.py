"""How leads look: the question after a booking, what its person sees, and what dealers see."""

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup, Message

from activities.lead_stages import MARKS
from activities.lead_work import Open
from activities.leads import CONSENT, LeadGone, Leads, NewLead, OfLead, UntouchedLead
from bot.buttons import Buttons
from bot.callbacks import LeadAct, LeadOffer
from bot.forms import Form
from bot.messages import look
from bot.people import Person
from storage.models import Dealer, Item
from storage.repositories import leads as leads_of
from wording.items import shorten, yuan
from wording.texts import Texts

TITLE = 30


async def offer_lead(message: Message, person: Person, item: Item, leads: Leads) -> None:
    """Asks, in a step of its own, whether the item's dealer may call who has just booked."""
    dealer = await leads.dealer_to_ask_for(person, item)
    if dealer is None:
        return
    texts, keyboard = person.texts, Buttons()
    for act in ("agree", "decline"):
        data = LeadOffer(act=act, item=item.id, version=CONSENT)
        keyboard.button(text=texts(f"lead-{act}"), callback_data=data)
    html = consent_text(item, dealer, texts)
    await message.answer(html, reply_markup=keyboard.rows(1))


def consent_text(item: Item, dealer: Dealer, texts: Texts) -> str:
    name, title = texts.pick(dealer.name), texts.pick(item.title)
    return texts.html("lead-consent", dealer=name, title=title, version=CONSENT)


async def handed_over(person: Person) -> Sequence[tuple[int, Item, Dealer]]:
    """What dealers have of a person."""
    async with person.database.read() as session:
        return await leads_of.of_user(session, person.id)


def leads_shown(
    handed: Sequence[tuple[int, Item, Dealer]], texts: Texts
) -> tuple[list[str], list[tuple[str, CallbackData]]]:
    """A line for each dealer who has somebody's number, and a button that takes it back."""
    lines: list[str] = []
    buttons: list[tuple[str, CallbackData]] = []
    for lead, item, dealer in handed:
        name, title = texts.pick(dealer.name), texts.pick(item.title)
        lines.append(texts.html("lead-mine", dealer=name, title=title))
        text = texts("lead-back", dealer=shorten(name, TITLE))
        buttons.append((text, LeadAct(act="back", lead=lead)))
    return lines, buttons


def masked(phone: str) -> str:
    """Enough of a number for its owner to know it."""
    return f"{phone[:3]}•••{phone[-2:]}"


@look.register
def _new(what: NewLead, texts: Texts) -> Form:
    return _outline("lead-new", what, texts)


@look.register
def _untouched(what: UntouchedLead, texts: Texts) -> Form:
    return _outline("lead-untouched", what, texts)


@look.register
def _gone(what: LeadGone, texts: Texts) -> Form:
    return Form([texts.html("lead-gone", lead=str(what.lead_id))])


def _outline(key: str, what: OfLead, texts: Texts) -> Form:
    keyboard = Buttons()
    data = LeadAct(act="open", lead=what.lead_id)
    keyboard.button(text=texts("lead-open"), callback_data=data)
    title = texts.pick(what.item.title)
    return Form([texts.html(key, lead=str(what.lead_id), title=title)], keyboard.rows())


def card(opened: Open, texts: Texts) -> tuple[str, InlineKeyboardMarkup]:
    """A lead with name and number, and a button for each state."""
    lead, keyboard = opened.lead, Buttons()
    lines = [
        texts.html(
            "lead-card",
            lead=str(lead.id),
            title=texts.pick(opened.item.title),
            name=lead.name or "",
            phone=lead.phone or "",
            when=texts.when(lead.handed_at or lead.changed_at),
            state=texts(f"lead-state-{lead.status}"),
        )
    ]
    if lead.amount is not None:
        lines.append(texts.html("lead-amount", amount=yuan(lead.amount)))
    for mark in MARKS:
        state = texts(f"lead-state-{mark}")
        text = f"✓ {state}" if mark == lead.status else state
        keyboard.button(text=text, callback_data=LeadAct(act="mark", lead=lead.id, to=mark))
    if opened.undo is not None:
        data = LeadAct(act="undo", lead=lead.id, change=opened.undo)
        keyboard.button(text=texts("lead-undo"), callback_data=data)
    return "\n".join(lines), keyboard.rows(3, 3, 1)
