"""How a prize draw looks in a chat."""

from datetime import datetime

from aiogram.types import InlineKeyboardMarkup

from activities.draws import Shown
from bot.buttons import Buttons
from bot.callbacks import Lot
from wording.texts import Markup, Texts


def draw_text(shown: Shown, texts: Texts) -> Markup:
    """Its prizes and rules, what is published of it by now, and the person's ticket."""
    draw = shown.draw
    prizes = [
        texts.html("draw-prize", prize=texts.pick(prize["title"]), count=prize["count"])
        for prize in draw.terms["prizes"]
    ]
    head = texts.html(
        "draw-rules",
        title=texts.pick(draw.terms["title"]),
        prizes=Markup("\n".join(prizes)),
        rules=texts.pick(draw.terms["rules"]),
        until=texts.when(draw.entries_until),
        hours=draw.terms["claim_hours"],
        entries=shown.entries,
    )
    lines = [head]
    if cities := draw.terms["cities"]:
        lines.append(texts.html("draw-cities", cities=" · ".join(cities)))
    lines.append(texts.html("draw-commitment", hash=draw.commitment))
    if draw.list_hash:
        lines.append(texts.html("draw-list", hash=draw.list_hash))
    if draw.state == "drawn":
        lines.append(texts.html("draw-seed", seed=draw.seed))
    if shown.ticket:
        lines.append(texts.html("draw-ticket", ticket=shown.ticket))
    return Markup("\n\n".join(lines))


def draw_buttons(shown: Shown, texts: Texts, now: datetime) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    item = shown.draw.item_id
    if shown.award is not None and shown.award.outcome == "open" and now <= shown.award.claim_until:
        _claims(keyboard, item, texts)
    if shown.ticket is None and shown.draw.state == "open" and now < shown.draw.entries_until:
        keyboard.button(text=texts("draw-accept"), callback_data=Lot(act="enter", item=item))
    keyboard.button(text=texts("draw-file"), callback_data=Lot(act="file", item=item))
    return keyboard.rows(1)


def winner_buttons(item: str, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    _claims(keyboard, item, texts)
    keyboard.button(text=texts("draw-file"), callback_data=Lot(act="file", item=item))
    return keyboard.rows(1)


def rules_button(item: str, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    keyboard.button(text=texts("button-draw-about"), callback_data=Lot(act="about", item=item))
    return keyboard.rows()


def file_button(item: str, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    keyboard.button(text=texts("draw-file"), callback_data=Lot(act="file", item=item))
    return keyboard.rows()


def _claims(keyboard: Buttons, item: str, texts: Texts) -> None:
    keyboard.button(text=texts("draw-claim"), callback_data=Lot(act="claim", item=item))
    keyboard.button(text=texts("draw-decline"), callback_data=Lot(act="decline", item=item))
