"""How an item looks in a chat: its card and its buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Catalogue, ItemAct
from bot.cities import SLUGS as CITY_SLUGS
from bot.texts import Markup, Texts
from storage.models import DIGITAL_TYPES, Item

PLAYED_TYPES = ("game", "draw")

TITLE_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person has to do with an item."""

    owned: bool
    booked: bool


def icon(item: Item, texts: Texts) -> str:
    return texts(f"type-icon-{item.type}")


def short_title(item: Item, texts: Texts) -> str:
    """A title that fits on a button."""
    return shorten(texts.pick(item.title), TITLE_LIMIT)


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def label(item: Item, texts: Texts) -> str:
    return texts("button-course", icon=icon(item, texts), title=short_title(item, texts))


def card(
    item: Item,
    texts: Texts,
    *,
    why: str | None = None,
    full: bool = False,
    now: datetime | None = None,
) -> Markup:
    """The item as HTML: title, text, then price, date, place and seats; and why it is shown."""
    body = texts.pick(item.description if full else item.summary)
    facts = [texts(f"type-{item.type}")]
    if item.brand:
        facts.append(texts.pick(item.brand))
    facts.append(price(item, texts))
    if item.starts_at:
        facts.append(texts.when(item.starts_at))
    if where := place(item, texts):
        facts.append(where)
    if now and has_begun(item, now):
        facts.append(texts("item-begun"))
    elif item.capacity is not None:
        facts.append(texts("seats-left", seats=max(item.capacity - item.seats_taken, 0)))
    lines = [
        texts.html("card-title", icon=icon(item, texts), title=texts.pick(item.title)),
        texts.html("card-text", text=body),
        texts.html("card-facts", facts=" · ".join(facts)),
    ]
    if why:
        lines.append(texts.html("why", reason=why))
    return Markup("\n".join(lines))


def place(item: Item, texts: Texts) -> str:
    city = texts(f"city-{CITY_SLUGS[item.city]}") if item.city in CITY_SLUGS else item.city
    return " · ".join(filter(None, (city, texts.pick(item.place))))


def has_begun(item: Item, now: datetime) -> bool:
    return item.starts_at is not None and item.starts_at <= now


def is_full(item: Item) -> bool:
    return item.capacity is not None and item.seats_taken >= item.capacity


def price(item: Item, texts: Texts) -> str:
    if item.price_stars:
        return texts("price-stars", stars=item.price_stars)
    return texts("price-free")


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
    if has.owned or has.booked:
        if has.owned:
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
    add("button-like", "like")
    add("button-dismiss", "dismiss")
    return keyboard.rows(*[1] * acts, 2)


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
