"""How items look in a chat, and their buttons."""

from collections.abc import Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardMarkup

from activities.items import PLAYED_TYPES, Standing, has_begun, is_full
from bot.buttons import Buttons
from bot.callbacks import Catalogue, ItemAct
from bot.forms import Form
from bot.rich import rich_card
from storage.models import DIGITAL_TYPES, Item
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

    def add(key: str, act: str, **values: int) -> None:
        data = ItemAct(act=act, item=item.id, origin=origin)
        keyboard.button(text=texts(key, **values), callback_data=data)

    over = has_begun(item, now)
    if has.may_read or has.booked:
        if has.may_read:
            add("button-read", "read")
        if has.booked and not over:
            add("button-cancel", "cancel")
    elif over or is_full(item):
        pass
    elif item.price_stars:
        add("button-buy", "buy", stars=item.price_stars)
    elif item.type in DIGITAL_TYPES:
        add("button-get", "get")
    else:
        add("button-enter" if item.type in PLAYED_TYPES else "button-book", "book")
    acts = len(list(keyboard.buttons))
    add("button-favourite-off" if has.favourite else "button-favourite", "fav")
    add("button-like", "like")
    add("button-dismiss", "dismiss")
    add("button-near", "near")
    return keyboard.rows(*[1] * acts, 3, 1)


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
