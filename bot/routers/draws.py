"""Prize draws: their rules, a person's ticket, the file that proves them, and claims."""

import json
from contextlib import suppress

from aiogram import F, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Filter
from aiogram.types import BufferedInputFile, CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import draws
from activities.draw_steps import Draws
from bot.callbacks import ItemAct, Lot
from bot.draws import draw_buttons, draw_text, file_button
from bot.people import Person

router = Router(name="draws")


class HasDraw(Filter):
    """Of an item that is drawn by our rules; other entries are plain bookings."""

    async def __call__(self, _query: CallbackQuery, callback_data: ItemAct, person: Person) -> bool:
        return await draws.is_draw(person.database, callback_data.item)


@router.callback_query(ItemAct.filter(F.act == "book"), HasDraw())
async def ask(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    callback_answer: CallbackAnswer,
) -> None:
    """Whoever wants to take part sees the rules first, and says that they accept them."""
    await _show(query, person, callback_data.item, callback_answer)


@router.callback_query(Lot.filter(F.act == "about"))
async def about(
    query: CallbackQuery, callback_data: Lot, person: Person, callback_answer: CallbackAnswer
) -> None:
    await _show(query, person, callback_data.item, callback_answer)


async def _show(
    query: CallbackQuery, person: Person, item_id: str, callback_answer: CallbackAnswer
) -> None:
    shown = await draws.shown(person, item_id)
    if shown is None:
        callback_answer.text = person.texts("draw-nothing")
        return
    if isinstance(query.message, Message):
        buttons = draw_buttons(shown, person.texts, person.now)
        await query.message.answer(draw_text(shown, person.texts), reply_markup=buttons)


@router.callback_query(Lot.filter(F.act == "enter"))
async def enter(
    query: CallbackQuery, callback_data: Lot, person: Person, callback_answer: CallbackAnswer
) -> None:
    outcome, ticket = await draws.enter(person, callback_data.item)
    if ticket is None:
        callback_answer.text = person.texts(f"draw-{outcome}")
        callback_answer.show_alert = True
        return
    callback_answer.text = person.texts(f"draw-{outcome}")
    if outcome == "entered":
        await _show(query, person, callback_data.item, callback_answer)


@router.callback_query(Lot.filter(F.act == "file"))
async def file(
    query: CallbackQuery, callback_data: Lot, person: Person, callback_answer: CallbackAnswer
) -> None:
    """What everybody may know of it, for `chezhi draw verify`."""
    found = await draws.publish(person.database, callback_data.item)
    if found is None:
        callback_answer.text = person.texts("draw-nothing")
        return
    content = json.dumps(found, ensure_ascii=False, indent=2).encode()
    if isinstance(query.message, Message):
        await query.message.answer_document(
            BufferedInputFile(content, filename=f"{callback_data.item}.json"),
            caption=person.texts("draw-file-caption"),
        )


@router.callback_query(Lot.filter(F.act.in_({"claim", "decline"})))
async def settle(
    query: CallbackQuery,
    callback_data: Lot,
    person: Person,
    prize_draws: Draws,
    callback_answer: CallbackAnswer,
) -> None:
    """Takes or leaves the prize that is offered."""
    act = prize_draws.claim if callback_data.act == "claim" else prize_draws.decline
    outcome, code = await act(person, callback_data.item)
    texts = person.texts
    callback_answer.text = texts(f"draw-{outcome}")
    callback_answer.show_alert = outcome in ("late", "none")
    if not isinstance(query.message, Message):
        return
    if outcome in ("claimed", "again"):
        told = texts.html("draw-code", code=code) if code else texts("draw-handed-over")
        await query.message.answer(told)
    if outcome in ("late", "none"):
        return
    with suppress(TelegramBadRequest):  # a tap that came twice finds it so
        await query.message.edit_reply_markup(reply_markup=file_button(callback_data.item, texts))
