"""/privacy: consent, invites, a copy of one's data, deletion."""

import json

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message

from activities.leads import Leads
from activities.membership import Memberships
from activities.shop import Shop
from bot.buttons import Buttons
from bot.callbacks import Privacy
from bot.chats import replace
from bot.people import Person
from bot.routers.start import step_buttons
from services.rights import forget
from storage.database import Database
from storage.models import Order, Question, Signal, User
from storage.repositories import bookings, orders, questions, rights, signals
from storage.repositories import leads as leads_of
from storage.repositories.memberships import of_user as of_plans
from wording.items import shorten
from wording.texts import Texts

router = Router(name="privacy")
# Of the titles that a deletion loses, so many characters are shown.
MOST_LOST = 1000


async def overview(row: User, texts: Texts, database: Database) -> tuple[str, InlineKeyboardMarkup]:
    async with database.read() as session:
        noted = await signals.count(session, Signal.user_id == row.id)
        asked = await questions.count(session, Question.user_id == row.id)
        handed = await leads_of.of_user(session, row.id)
    choice = {True: "on", False: "off", None: "unset"}[row.personalisation]
    # Invites are picked by what fits, so they come only with personal suggestions.
    invites = "on" if row.invites and row.personalisation else "off"
    html = texts("privacy", personalisation=choice, invites=invites, signals=noted, questions=asked)
    keyboard = Buttons()
    acts = ["personalisation-on", "export", "delete"]
    if row.personalisation:
        other = "off" if row.invites else "on"
        acts = ["personalisation-off", f"invites-{other}", "preferences", "export", "delete"]
    if handed:
        acts.insert(-2, "leads")
    for act in acts:
        keyboard.button(text=texts(f"privacy-{act}"), callback_data=Privacy(act=act))
    return html, keyboard.rows(1)


@router.message(Command("privacy"))
async def privacy(message: Message, person: Person, texts: Texts, database: Database) -> None:
    html, keyboard = await overview(person.row, texts, database)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Privacy.filter(F.act.in_({"personalisation-on", "personalisation-off"})))
async def personalisation(
    query: CallbackQuery, callback_data: Privacy, person: Person, texts: Texts, database: Database
) -> None:
    agreed = callback_data.act.endswith("-on")
    await person.choose_personalisation(agreed)
    await _show_again(query, person, texts, database)


@router.callback_query(Privacy.filter(F.act.in_({"invites-on", "invites-off"})))
async def invites(
    query: CallbackQuery, callback_data: Privacy, person: Person, texts: Texts, database: Database
) -> None:
    wanted = callback_data.act.endswith("-on")
    await person.change(invites=wanted)
    if not wanted:
        await person.note("opted_out", "invites", "all")
    await _show_again(query, person, texts, database)


@router.callback_query(Privacy.filter(F.act == "preferences"))
async def preferences(query: CallbackQuery, texts: Texts) -> None:
    await replace(query, texts("onboard-car"), step_buttons("car", texts))


@router.callback_query(Privacy.filter(F.act == "export"))
async def export(query: CallbackQuery, person: Person, texts: Texts, database: Database) -> None:
    async with database.read() as session:
        data = await rights.export(session, person.id)
    content = json.dumps(data, ensure_ascii=False, indent=2).encode()
    if isinstance(query.message, Message):
        await query.message.answer_document(
            BufferedInputFile(content, filename=f"chezhi-{person.id}.json"),
            caption=texts("privacy-export-caption"),
        )


@router.callback_query(Privacy.filter(F.act == "delete"))
async def ask_deletion(
    query: CallbackQuery, person: Person, texts: Texts, database: Database
) -> None:
    keyboard = Buttons()
    for act in ("delete-yes", "keep"):
        keyboard.button(text=texts(f"privacy-{act}"), callback_data=Privacy(act=act))
    async with database.read() as session:
        bought = await orders.owned(session, person.id, Order.price_stars > 0)
        booked = await bookings.of_user(session, person.id)
        plans = await of_plans(session, person.id, person.now)
    names = [item.title for _, item in [*bought, *booked]] + [each.plan.title for each in plans]
    titles = dict.fromkeys(texts.pick(name) for name in names)
    lines = [texts("privacy-delete-sure")]
    if titles:
        lost = shorten("\n".join(f"• {title}" for title in titles), MOST_LOST)
        lines.append(texts.html("privacy-delete-lost", titles=lost))
    await replace(query, "\n".join(lines), keyboard.rows(1))


@router.callback_query(Privacy.filter(F.act == "delete-yes"))
async def delete(
    query: CallbackQuery,
    person: Person,
    texts: Texts,
    database: Database,
    shop: Shop,
    memberships: Memberships,
    leads: Leads,
) -> None:
    async def settle(user_id: int) -> None:
        await shop.settle_all(user_id)
        await leads.withdraw(user_id)  # dealers see nothing of them any more
        await memberships.leave(user_id)  # nobody is charged for what is nobody's

    await forget(database, person.id, settle)
    person.recent.forget(person.id)
    person.exchanges.forget(person.id)
    await replace(query, texts("privacy-deleted"), None)


@router.callback_query(Privacy.filter(F.act == "keep"))
async def keep(query: CallbackQuery, person: Person, texts: Texts, database: Database) -> None:
    await _show_again(query, person, texts, database)


async def _show_again(
    query: CallbackQuery, person: Person, texts: Texts, database: Database
) -> None:
    async with database.read() as session:
        row = await session.get_one(User, person.id)
    await replace(query, *await overview(row, texts, database))
