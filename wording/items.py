"""Items in words."""

from datetime import datetime

from activities.items import has_begun
from storage.models import Item
from wording.cities import SLUGS as CITY_SLUGS
from wording.texts import Markup, Texts

TITLE_LIMIT = 40


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


def price(item: Item, texts: Texts) -> str:
    if item.price_stars:
        return texts("price-stars", stars=item.price_stars)
    return texts("price-free")
