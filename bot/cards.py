"""How an item looks in a chat: its card and its buttons."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Catalogue, ItemAct
from bot.texts import Markup, Texts
from storage.models import DIGITAL_TYPES, Item

TITLE_LIMIT = 40


def icon(item: Item, texts: Texts) -> str:
    return texts(f"type-icon-{item.type}")


def short_title(item: Item, texts: Texts) -> str:
    """A title that fits on a button."""
    title = texts.pick(item.title)
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1] + "…"


def label(item: Item, texts: Texts) -> str:
    return texts("button-course", icon=icon(item, texts), title=short_title(item, texts))


def card(item: Item, texts: Texts, *, why: str | None = None, full: bool = False) -> Markup:
    """The item as HTML: title, text, then price, date, place and seats; and why it is shown."""
    body = texts.pick(item.description if full else item.summary)
    facts = [texts(f"type-{item.type}")]
    if item.brand:
        facts.append(texts.pick(item.brand))
    facts.append(price(item, texts))
    if item.starts_at:
        facts.append(texts.when(item.starts_at))
    if item.place or item.city:
        facts.append(" ".join(filter(None, (item.city, texts.pick(item.place)))))
    if item.capacity is not None:
        facts.append(texts("seats-left", seats=max(item.capacity - item.seats_taken, 0)))
    lines = [
        texts.html("card-title", icon=icon(item, texts), title=texts.pick(item.title)),
        texts.html("card-text", text=body),
        texts.html("card-facts", facts=" · ".join(facts)),
    ]
    if why:
        lines.append(texts.html("why", reason=why))
    return Markup("\n".join(lines))


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
    item: Item, texts: Texts, origin: str, *, owned: bool, booked: bool
) -> InlineKeyboardMarkup:
    """What this person can do with the item now."""
    keyboard = Buttons()

    def add(key: str, act: str, **values: int) -> None:
        data = ItemAct(act=act, item=item.id, origin=origin)
        keyboard.button(text=texts(key, **values), callback_data=data)

    if owned and item.type in DIGITAL_TYPES:
        add("button-read", "read")
    elif booked:
        add("button-cancel", "cancel")
    elif item.price_stars:
        add("button-buy", "buy", stars=item.price_stars)
    elif item.type in DIGITAL_TYPES:
        add("button-get", "get")
    else:
        add("button-enter" if item.type in ("game", "draw") else "button-book", "book")
    add("button-like", "like")
    add("button-dismiss", "dismiss")
    return keyboard.rows(1, 2)


def item_list(
    items: Sequence[Item], texts: Texts, listing: Catalogue, pages: int
) -> InlineKeyboardMarkup:
    """One item a row, then the pager."""
    keyboard = Buttons()
    for item in items:
        keyboard.button(
            text=f"{label(item, texts)} · {price(item, texts)}",
            callback_data=ItemAct(act="open", item=item.id, origin=listing.kind),
        )
    pager = []
    if listing.page > 0:
        pager.append(("button-previous", Catalogue(kind=listing.kind, page=listing.page - 1)))
    if listing.page + 1 < pages:
        pager.append(("button-next", Catalogue(kind=listing.kind, page=listing.page + 1)))
    if listing.kind != "events":
        pager.insert(0, ("button-back", Catalogue(kind="all")))
    for key, data in pager:
        keyboard.button(text=texts(key), callback_data=data)
    return keyboard.rows(*[1] * len(items), max(len(pager), 1))
