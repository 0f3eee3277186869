"""The catalogue by filters: type, topic, brand, city, date and price, with pages."""

from math import ceil

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Browse, Catalogue, ItemAct
from bot.chats import replace
from bot.people import Person
from services.recommending.assortment import Assortment
from services.recommending.browsing import FACETS, WHENS, Facet, Filters, matching, options
from services.recommending.codes import code
from services.recommending.serving import Recommendations
from storage.models import ITEM_TYPES, Item
from wording.cities import SLUGS
from wording.items import label, price
from wording.texts import Texts

router = Router(name="browse")
PAGE = 6


@router.callback_query(Browse.filter())
async def browse(
    query: CallbackQuery, callback_data: Browse, person: Person, recommendations: Recommendations
) -> None:
    assortment = await recommendations.followed()
    filters = _read(callback_data, assortment)
    facet = next((one for one in FACETS if one == callback_data.ask), None)
    if facet is None:
        shown = await _page(person, recommendations, filters, callback_data.page)
    else:
        shown = _choice(person, assortment, filters, facet)
    await replace(query, *shown)


def _read(asked: Browse, assortment: Assortment) -> Filters:
    """What an old button names and there isn't any more is left out."""
    number = int(asked.kind) if asked.kind.isdecimal() else len(ITEM_TYPES)
    price = asked.most if asked.most.isdecimal() and len(asked.most) < 10 else ""
    return Filters(
        type=ITEM_TYPES[number] if number < len(ITEM_TYPES) else "",
        topic=assortment.topic_codes.name(asked.topic),
        brand=assortment.brand_codes.name(asked.brand),
        city=assortment.city_codes.name(asked.city),
        when=asked.when if asked.when in WHENS else "",
        most=price,
    )


def _asked(filters: Filters, page: int = 0, ask: str = "") -> Browse:
    return Browse(
        kind=str(ITEM_TYPES.index(filters.type)) if filters.type else "",
        topic=code(filters.topic),
        brand=code(filters.brand),
        city=code(filters.city),
        when=filters.when,
        most=filters.most,
        page=page,
        ask=ask,
    )


async def _page(
    person: Person, recommendations: Recommendations, filters: Filters, number: int
) -> tuple[str, InlineKeyboardMarkup]:
    texts, assortment = person.texts, recommendations.assortment
    which = matching(assortment, filters, person.now)
    count = int(which.sum())
    pages = max(ceil(count / PAGE), 1)
    number = min(number, pages - 1)
    ids = assortment.page(which, number * PAGE, PAGE, dated_first=True)
    found = await recommendations.items(ids)
    shown = [found[name] for name in ids if name in found]
    names = [_name(facet, getattr(filters, facet), assortment, texts) for facet in filters.chosen]
    head = texts.html("browse-head", filters=" · ".join(names) or texts("browse-all"))
    keyboard, rows = Buttons(), []
    if shown:
        told = texts("browse-found", count=count, page=number + 1, pages=pages)
        rows += _add_items(keyboard, shown, texts)
        turns = [("button-previous", number - 1), ("button-next", number + 1)]
        pager = [(key, to) for key, to in turns if 0 <= to < pages]
        for key, to in pager:
            keyboard.button(text=texts(key), callback_data=_asked(filters, to))
        rows += [len(pager)] if pager else []
    else:
        near = _add_near(keyboard, filters, person, assortment)
        told = texts("browse-none" if near else "browse-nothing")
        rows += [1] * near
    for facet in FACETS:
        chosen = "✓ " if getattr(filters, facet) else ""
        data = _asked(filters, ask=facet)
        keyboard.button(text=chosen + texts(f"browse-{facet}"), callback_data=data)
    keyboard.button(text=texts("button-back"), callback_data=Catalogue(kind="all"))
    if filters.chosen:
        keyboard.button(text=texts("browse-clear"), callback_data=Browse())
    return f"{head}\n{told}", keyboard.rows(*rows, 3, 3, 2)


def _add_items(keyboard: Buttons, items: list[Item], texts: Texts) -> list[int]:
    for item in items:
        text = texts("button-item", item=label(item, texts), price=price(item, texts))
        data = ItemAct(act="open", item=item.id, origin="filter")
        keyboard.button(text=text, callback_data=data)
    return [1] * len(items)


def _add_near(keyboard: Buttons, filters: Filters, person: Person, assortment: Assortment) -> int:
    """Buttons for what there is without one of the filters; how many."""
    near = 0
    for facet in filters.chosen if len(filters.chosen) > 1 else ():
        wider = filters.without(facet)
        count = int(matching(assortment, wider, person.now).sum())
        if count:
            name = _name(facet, getattr(filters, facet), assortment, person.texts)
            text = person.texts("browse-without", name=name, count=count)
            keyboard.button(text=text, callback_data=_asked(wider))
            near += 1
    return near


def _choice(
    person: Person, assortment: Assortment, filters: Filters, facet: Facet
) -> tuple[str, InlineKeyboardMarkup]:
    texts, keyboard = person.texts, Buttons()
    some = options(assortment, filters, facet, person.now)
    for value, count in some:
        name = _name(facet, value, assortment, texts)
        keyboard.button(
            text=texts("browse-option", name=name, count=count),
            callback_data=_asked(filters.having(facet, value)),
        )
    any_ = _asked(filters.without(facet))
    keyboard.button(text=texts("browse-any"), callback_data=any_)
    width = 2 if len(some) > 1 else 1
    html = texts("browse-ask", facet=texts(f"browse-{facet}"))
    odd = [1] if len(some) % 2 else []
    return html, keyboard.rows(*[width] * (len(some) // 2), *odd, 1)


def _name(facet: Facet, value: str, assortment: Assortment, texts: Texts) -> str:
    if facet == "type":
        return f"{texts(f'type-icon-{value}')} {texts(f'type-{value}')}"
    if facet == "topic":
        return texts(f"topic-{value}")
    if facet == "brand":
        item = assortment.branded.get(value)
        return texts.pick(item.brand) if item is not None else value
    if facet == "city":
        return texts(f"city-{SLUGS[value]}") if value in SLUGS else value
    if facet == "when":
        return texts(f"browse-when-{value}")
    return texts("price-free") if value == "0" else texts("browse-up-to", stars=int(value))
