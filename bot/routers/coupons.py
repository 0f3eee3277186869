"""/coupon: what one does, for whoever asks; kept for what one buys, and put away again."""

from collections.abc import Mapping

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import coupons
from activities.coupons import Looked
from bot.buttons import Buttons
from bot.callbacks import CouponAct, ItemAct
from bot.chats import NO_PREVIEW, replace
from bot.people import Person
from services.recommending.serving import Recommendations
from storage.models import Item
from wording.coupons import cut, rule
from wording.items import label
from wording.texts import Texts

router = Router(name="coupons")
# Of the things that a coupon is for, so many have a button.
SHOWN = 5
# Telegram takes 100 buttons; those that end first come first.
LISTED = 50


@router.message(Command("coupon"))
async def coupon(
    message: Message,
    command: CommandObject,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
) -> None:
    if command.args:
        await show_coupon(message, person, command.args, recommendations)
        return
    keyboard, kept = Buttons(), await coupons.mine(person)
    for one in kept[:LISTED]:
        text = texts("button-coupon", title=texts.pick(one.title), cut=cut(one, texts))
        keyboard.button(text=text, callback_data=CouponAct(act="rule", code=one.code))
    key = "coupon-usage" if kept else "coupon-none"
    await message.answer(texts(key), reply_markup=keyboard.rows(1) if kept else None)


async def show_coupon(
    message: Message, person: Person, code: str, recommendations: Recommendations
) -> None:
    looked = await coupons.look(person, code)
    if looked is None:
        await message.answer(person.texts.html("coupon-unknown", code=coupons.code_of(code)))
        return
    html, keyboard = await _card(looked, person, recommendations)
    await message.answer(html, reply_markup=keyboard, link_preview_options=NO_PREVIEW)


@router.callback_query(CouponAct.filter(F.act == "rule"))
async def show_rule(
    query: CallbackQuery,
    callback_data: CouponAct,
    person: Person,
    recommendations: Recommendations,
) -> None:
    if isinstance(query.message, Message):
        await show_coupon(query.message, person, callback_data.code, recommendations)


@router.callback_query(CouponAct.filter(F.act.in_({"keep", "drop"})))
async def keep(
    query: CallbackQuery,
    callback_data: CouponAct,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
    callback_answer: CallbackAnswer,
) -> None:
    wanted = callback_data.act == "keep"
    looked = await coupons.keep(person, callback_data.code, kept=wanted)
    if looked is None:
        callback_answer.text = texts("coupon-unknown", code=callback_data.code)
        return
    if wanted and not looked.kept:
        callback_answer.text = texts(f"coupon-state-{looked.state}")
    else:
        callback_answer.text = texts("coupon-kept" if wanted else "coupon-dropped")
    await replace(query, *await _card(looked, person, recommendations))


async def _card(
    looked: Looked, person: Person, recommendations: Recommendations
) -> tuple[str, InlineKeyboardMarkup]:
    """Its rule, whether it can be used now, and what to do with it."""
    texts, one = person.texts, looked.coupon
    found = await recommendations.items(one.items)
    told = [rule(one, found, texts), ""]
    if looked.state != "usable":
        told.append(texts(f"coupon-state-{looked.state}"))
    elif looked.kept:
        told.append(texts("coupon-is-kept"))
    return "\n".join(told).strip(), _buttons(looked, found, texts)


def _buttons(looked: Looked, found: Mapping[str, Item], texts: Texts) -> InlineKeyboardMarkup:
    keyboard, one = Buttons(), looked.coupon
    if looked.kept:
        data = CouponAct(act="drop", code=one.code)
        keyboard.button(text=texts("button-coupon-drop"), callback_data=data)
    elif looked.state in ("usable", "early"):
        data = CouponAct(act="keep", code=one.code)
        keyboard.button(text=texts("button-coupon-keep"), callback_data=data)
    for item in [found[n] for n in one.items if n in found and found[n].active][:SHOWN]:
        to = ItemAct(act="open", item=item.id, origin="coupon")
        keyboard.button(text=label(item, texts), callback_data=to)
    return keyboard.rows(1)
