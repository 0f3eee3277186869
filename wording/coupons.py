"""A coupon in words: its whole rule, for whoever asks."""

from collections.abc import Mapping

from storage.models import Coupon, Item
from wording.items import shorten
from wording.texts import Markup, Texts

# So many things are named; the others are counted.
NAMED = 8
TITLE = 60


def cut(coupon: Coupon, texts: Texts) -> str:
    """What it takes off: −20%, −⭐ 30, or free."""
    return texts(f"coupon-cut-{coupon.cut}", amount=coupon.amount)


def rule(coupon: Coupon, found: Mapping[str, Item], texts: Texts) -> Markup:
    """Everything that decides what the coupon does, as HTML; `found` has its items."""
    lines = [texts.html("coupon-head", title=texts.pick(coupon.title), code=coupon.code)]
    lines.append(texts("coupon-takes-off", cut=cut(coupon, texts)))
    lines.append(texts.html("coupon-for", what=_what(coupon, found, texts)))
    lines.append(texts("coupon-listed" if coupon.listed else "coupon-everybody"))
    limits = [texts("coupon-per-person", count=coupon.per_person)]
    if coupon.total is not None:
        left = max(coupon.total - coupon.uses, 0)
        limits.append(texts("coupon-total", total=coupon.total, left=left))
    lines.append(" · ".join(limits))
    if coupon.valid_from is not None:
        lines.append(texts("coupon-from", when=texts.when(coupon.valid_from)))
    if coupon.valid_until is not None:
        lines.append(texts("coupon-until", when=texts.when(coupon.valid_until)))
    lines += ["", texts("coupon-fair")]
    return Markup("\n".join(lines))


def _what(coupon: Coupon, found: Mapping[str, Item], texts: Texts) -> str:
    titles = [shorten(texts.pick(found[n].title), TITLE) for n in coupon.items if n in found]
    parts = [
        [texts(f"type-{kind}") for kind in coupon.types],
        [texts("coupon-title", title=title) for title in titles],
        coupon.brands,
    ]
    shown = [texts("coupon-or").join(_some(part, texts)) for part in parts if part]
    return texts("coupon-and").join(shown) or texts("coupon-for-all")


def _some(names: list[str], texts: Texts) -> list[str]:
    if len(names) <= NAMED:
        return names
    return [*names[:NAMED], texts("coupon-more", count=len(names) - NAMED)]
