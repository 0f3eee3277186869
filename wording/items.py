"""Items in words."""

import html
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activities.items import has_begun
from storage.models import Item
from wording.cities import SLUGS as CITY_SLUGS
from wording.events import clock_time, own_time
from wording.texts import Markup, Texts

TITLE_LIMIT = 40

FactKind = Literal["type", "brand", "price", "when", "place", "seats"]


def icon(item: Item, texts: Texts) -> str:
    return texts(f"type-icon-{item.type}")


def short_title(item: Item, texts: Texts) -> str:
    """A title that fits on a button."""
    return shorten(texts.pick(item.title), TITLE_LIMIT)


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def label(item: Item, texts: Texts) -> str:
    return texts("button-course", icon=icon(item, texts), title=short_title(item, texts))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know of an item; `moment` where it is a time."""

    kind: FactKind
    text: str
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What there is to say of an item, before it is drawn in one form or another."""

    icon: str
    title: str
    text: str
    facts: tuple[Fact, ...]
    why: str | None
    at: tuple[float, float] | None
    """Latitude and longitude of its place."""


def described(
    item: Item,
    texts: Texts,
    *,
    why: str | None = None,
    full: bool = False,
    now: datetime | None = None,
    shared: bool = False,
) -> Card:
    """`shared`: others read it, too, who live by other clocks."""
    facts = [Fact("type", texts(f"type-{item.type}"))]
    if item.brand:
        facts.append(Fact("brand", texts.pick(item.brand)))
    facts.append(Fact("price", price(item, texts)))
    if item.starts_at:
        at = item.starts_at
        tell = clock_time(at, texts.zone, texts) if shared else own_time(at, texts)
        facts.append(Fact("when", tell, at))
    if where := place(item, texts):
        facts.append(Fact("place", where))
    if now and has_begun(item, now):
        facts.append(Fact("seats", texts("item-begun")))
    elif item.capacity is not None:
        left = max(item.capacity - item.seats_taken, 0)
        facts.append(Fact("seats", texts("seats-left", seats=left)))
    located = item.latitude is not None and item.longitude is not None
    return Card(
        icon=icon(item, texts),
        title=texts.pick(item.title),
        text=texts.pick(item.description if full else item.summary),
        facts=tuple(facts),
        why=texts("why", reason=why) if why else None,
        at=(item.latitude, item.longitude) if located else None,  # type: ignore[arg-type]
    )


def card_text(card: Card, texts: Texts) -> Markup:
    """The card as HTML: title, text, then price, date, place and seats; and why it is shown."""
    lines = [
        texts.html("card-title", icon=card.icon, title=card.title),
        texts.html("card-text", text=card.text),
        texts.html("card-facts", facts=" · ".join(fact.text for fact in card.facts)),
    ]
    if card.why:
        lines.append(html.escape(card.why, quote=False))
    return Markup("\n".join(lines))


def place(item: Item, texts: Texts) -> str:
    city = texts(f"city-{CITY_SLUGS[item.city]}") if item.city in CITY_SLUGS else item.city
    return " · ".join(filter(None, (city, texts.pick(item.place))))


def price(item: Item, texts: Texts) -> str:
    if item.price_stars:
        return texts("price-stars", stars=item.price_stars)
    return texts("price-free")


def yuan(fen: int) -> str:
    """Of fen: 258,000 or 258,000.50."""
    return f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")
