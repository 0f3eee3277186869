"""Coupons as a person has them: looked at, kept for what they buy, put away again.

What a coupon takes off is its own rule and the item's price, the same for whoever may use it.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.people import Person
from storage.models import Coupon, Item
from storage.repositories import coupons

State = Literal["usable", "early", "over", "off", "used_up", "yours_used", "others"]


@dataclass(frozen=True, slots=True)
class Looked:
    """A coupon, whether this person can use it now, and whether they keep it."""

    coupon: Coupon
    state: State
    kept: bool


def code_of(text: str) -> str:
    """A code as it is stored, however it was typed."""
    return unicodedata.normalize("NFKC", text).strip().upper()[:32]


async def look(person: Person, code: str) -> Looked | None:
    """None where there is no such coupon."""
    async with person.database.read() as session:
        coupon = await coupons.get(session, code_of(code))
        if coupon is None:
            return None
        holder = await coupons.holder(session, person.id, coupon.code)
        turns = await coupons.turns_of(session, person.id, coupon.code)
    state: State = "usable"
    if not coupon.active:
        state = "off"
    elif coupon.valid_until is not None and coupon.valid_until <= person.now:
        state = "over"
    elif coupon.listed and not (holder and holder.named):
        state = "others"
    elif len(turns) >= coupon.per_person:
        state = "yours_used"
    elif coupon.total is not None and coupon.uses >= coupon.total:
        state = "used_up"
    elif coupon.valid_from is not None and coupon.valid_from > person.now:
        state = "early"
    return Looked(coupon, state, holder is not None and holder.kept)


async def keep(person: Person, code: str, *, kept: bool = True) -> Looked | None:
    """Keeps a coupon that the person can use, now or later, or puts it away."""
    found = await look(person, code)
    if found is None or (kept and found.state not in ("usable", "early")):
        return found
    async with person.database.write() as session:
        await coupons.keep(session, person.id, found.coupon.code, person.now, kept=kept)
    return await look(person, code)


async def mine(person: Person) -> Sequence[Coupon]:
    """What the person keeps and can use now."""
    async with person.database.read() as session:
        return await coupons.kept(session, person.id, person.now)


async def best(person: Person, item: Item) -> Coupon | None:
    """Of those that they keep, the one that leaves least to pay; of equals the first to end."""
    fitting = [one for one in await mine(person) if coupons.fits(one, item)]
    return min(fitting, key=lambda one: coupons.price_with(one, item.price_stars), default=None)
