"""How items look in a chat, and their buttons."""

from collections.abc import Sequence
from datetime import datetime

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from activities.items import PLAYED_TYPES, Standing, has_begun, is_full
from bot.buttons import Buttons
from bot.callbacks import BookingAct, Catalogue, ItemAct, Learn, Lot, WaitAct
from bot.forms import Form
from bot.rich import rich_card
from storage.models import DIGITAL_TYPES, EVENT_TYPES, Item
from wording.items import Card, card_text, label, price
from wording.texts import Texts


def item_form(
    card: Card, keyboard: InlineKeyboardMarkup, texts: Texts, photo_of: str | None = None
) -> Form:
    """An item in both forms, with the picture of an item."""
    return Form([card_text(card, texts)], keyboard, rich_card(card, keyboard, texts), photo_of)


def teaser_buttons(item: Item, texts: Texts, origin: str) -> InlineKeyboardMarkup:
    """Details, like, not for me: under a recommendation."""
    keyboard = Buttons()
    for key, act in (
        ("button-details", "open"),
        ("button-like", "like"),
        ("button-dismiss", "dismiss"),
    ):
        keyboard.button(
            text=texts(key), callback_data=ItemAct(act=act, item=item.id, origin=origin)
        )
    return keyboard.rows(3)


def detail_buttons(
    item: Item, texts: Texts, origin: str, has: Standing, now: datetime
) -> InlineKeyboardMarkup:
    """What this person can do with the item now."""
    keyboard = Buttons()

    def act(key: str, act: str, **values: int) -> None:
        add(texts(key, **values), ItemAct(act=act, item=item.id, origin=origin))

    def add(text: str, data: CallbackData) -> None:
        keyboard.button(text=text, callback_data=data)

    over = has.event.begun(now) if has.event else has_begun(item, now)
    if has.may_read or has.booked:
        if has.may_read and has.begun:
            add(texts("button-go-on"), Learn(act="on", course=item.id))
        if has.may_read:
            act("button-read", "read")
        if has.booking is not None and item.type not in PLAYED_TYPES:
            add(texts("button-booking"), BookingAct(act="show", booking=has.booking.id))
        if has.booked and not over:
            act("button-cancel", "cancel")
    elif has.waiting is not None and not has.slotted and not over:
        add(texts("button-unwait"), WaitAct(act="no", waiting=has.waiting.id))
    elif (way := _way_in(item, has, over)) is not None:
        key, name = way
        act(key, name, **({"stars": item.price_stars} if name == "buy" else {}))
    if item.type == "draw":
        add(texts("button-draw-about"), Lot(act="about", item=item.id))
    acts = len(keyboard)
    act("button-favourite-off" if has.favourite else "button-favourite", "fav")
    act("button-like", "like")
    act("button-dismiss", "dismiss")
    act("button-near", "near")
    return keyboard.rows(*[1] * acts, 3, 1)


def _way_in(item: Item, has: Standing, over: bool) -> tuple[str, str] | None:
    """The button and the act by which a person comes to have an item; None where there is none."""
    if over or (is_full(item) and item.type not in EVENT_TYPES):
        return None
    if has.slotted:
        return "button-times", "times"
    if is_full(item):
        return "button-wait", "wait"
    if item.price_stars:
        return "button-buy", "buy"
    if item.type in DIGITAL_TYPES:
        return "button-get", "get"
    if item.type == "game":
        return "button-play", "play"
    return "button-enter" if item.type in PLAYED_TYPES else "button-book", "book"


def item_list(
    items: Sequence[Item], texts: Texts, listing: Catalogue, pages: int
) -> InlineKeyboardMarkup:
    """One item a row, then the pager."""
    keyboard = Buttons()
    for item in items:
        keyboard.button(
            text=texts("button-item", item=label(item, texts), price=price(item, texts)),
            callback_data=ItemAct(act="open", item=item.id, origin=listing.kind),
        )
    pager = []
    if listing.page > 0:
        pager.append(("button-previous", listing.model_copy(update={"page": listing.page - 1})))
    if listing.page + 1 < pages:
        pager.append(("button-next", listing.model_copy(update={"page": listing.page + 1})))
    if listing.kind != "events":
        pager.insert(0, ("button-back", Catalogue(kind="all")))
    for key, to in pager:
        keyboard.button(text=texts(key), callback_data=to)
    return keyboard.rows(*[1] * len(items), max(len(pager), 1))
