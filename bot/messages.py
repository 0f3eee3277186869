"""How each message that a service sends looks in a chat."""

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from html import escape

from aiogram.types import InlineKeyboardMarkup

from activities.appointments import LineClosed, OfBooking, OfferLapsed, SeatOffered
from activities.draw_steps import ListFrozen, NotDrawn, RulesOut, Won
from activities.membership import MembershipNews
from activities.paysupport import Asked, Replied
from activities.shop import Delivery, OrderCard, PaidBack
from bot.approval_cards import approval_card
from bot.booking_news import booking_news, seat_offer
from bot.buttons import Buttons
from bot.callbacks import Campaign as CampaignData
from bot.callbacks import CouponAct, Doubtful, Invite, ItemAct
from bot.draws import file_button, rules_button, winner_buttons
from bot.forms import Form
from bot.photos import CAPTION
from bot.progress import bar
from bot.rich import rich_card
from campaigns import broadcast
from campaigns.approval import ApprovalAsked, Decided
from campaigns.telling import about
from services.answering.help_desk import AskedForHelp, Helped, whole_question
from services.lengths import LIMIT, length
from services.messenger import Notice, What
from storage.models import DIGITAL_TYPES, Campaign, HelpRequest, Item, Order, Question
from wording.events import clock_time
from wording.formatting import plain
from wording.items import card_text, described, shorten
from wording.texts import Markup, Texts

OPEN = ("sending", "paused")
SHOWN_ANSWER = 1000


@singledispatch
def look(what: What, _texts: Texts) -> Form:
    """Raises TypeError for what has no look."""
    raise TypeError(f"{type(what).__name__} has no look in a chat")


@look.register
def _notice(what: Notice, texts: Texts) -> Form:
    values = what.values.items()
    own = {key: texts.pick(one) if isinstance(one, dict) else one for key, one in values}
    return Form([texts.html(what.key, **own)])


@look.register
def _invite(what: broadcast.Invite, texts: Texts) -> Form:
    keyboard = invite_buttons(what.campaign_id, texts)
    copy = texts.pick(what.variant.text) if what.variant is not None else ""
    if what.variant is not None and what.variant.media is not None:
        return Form([captioned(what.item, texts, copy)], keyboard)
    card = rich_card(described(what.item, texts), keyboard, texts, texts("invite-why"), copy)
    return Form([invite_text(what.item, texts, copy)], keyboard, card)


@look.register
def _progress(what: broadcast.Progress, texts: Texts) -> Form:
    text = progress_text(what.campaign, what.counts, texts, offered=what.offered)
    for reason, wait in sorted(what.waits.items()):
        values = {"count": wait.people, "reason": reason, "until": texts.when(wait.until)}
        text += "\n" + texts.html("broadcast-waits", **values)
    return Form([text], progress_buttons(what.campaign, what.counts, texts))


@look.register
def _asked_to_approve(what: ApprovalAsked, texts: Texts) -> Form:
    return Form(*approval_card(what, texts))


@look.register
def _decided(what: Decided, texts: Texts) -> Form:
    title, campaign = texts.pick(what.item.title), str(what.campaign.id)
    if what.approved:
        return Form([texts.html("decided-approved", campaign=campaign, title=title)])
    why = what.campaign.refused_because or texts("campaign-none")
    return Form([texts.html("decided-refused", campaign=campaign, title=title, why=why)])


@look.register
def _paused_itself(what: broadcast.PausedItself, texts: Texts) -> Form:
    values = about(what.campaign) | {"failed": what.failed, "of": what.of}
    return Form([texts.html("broadcast-paused-itself", **values)])


@look.register
def _order(what: OrderCard, texts: Texts) -> Form:
    order, title = what.order, texts.pick(what.item.title)
    values = {"title": title, "order": order.id[:8], "stars": order.price_stars}
    if order.coupon_code is None:
        return Form([texts.html("order-card", **values)])
    values |= {"list": order.list_stars, "code": order.coupon_code, "off": order.taken_off}
    keyboard = Buttons()
    data = CouponAct(act="rule", code=order.coupon_code)
    keyboard.button(text=texts("button-coupon-rule"), callback_data=data)
    key = "order-card-coupon" if order.price_stars else "order-card-free"
    return Form([texts.html(key, **values)], keyboard.rows())


@look.register
def _delivery(what: Delivery, texts: Texts) -> Form:
    item = what.item
    text = texts.pick(item.delivery)
    starts_at = what.event.starts_at if what.event else item.starts_at
    if item.type not in DIGITAL_TYPES and starts_at:
        when = texts("delivery-event", when=clock_time(starts_at, texts.zone, texts))
        text = "\n\n".join(filter(None, (text, when)))
    html = texts.html("delivery", title=texts.pick(item.title), text=text)
    # Of a longer text the card has the beginning; the button under it opens all.
    while length(html) > LIMIT:
        text = shorten(text, len(text) - (length(html) - LIMIT))
        html = texts.html("delivery", title=texts.pick(item.title), text=text)
    return Form([html], read_button(item, texts))


@look.register
def _paid_back(what: PaidBack, texts: Texts) -> Form:
    key = "payment-undelivered" if what.undelivered else "payment-refunded"
    if not what.order.price_stars:
        key = "coupon-given-back"
    title = texts.pick(what.item.title)
    return Form([texts.html(key, title=title, stars=what.order.price_stars)])


@look.register
def _asked_for_help(what: AskedForHelp, texts: Texts) -> Form:
    return Form([request_text(what.request, what.question, texts)])


@look.register
def _helped(what: Helped, texts: Texts) -> Form:
    question, answer = whole_question(what.question), what.request.answer or ""
    return Form([texts.html("help-answer", question=question, answer=answer)])


@look.register
def _membership(what: MembershipNews, texts: Texts) -> Form:
    until = texts.when(what.until) if what.until else "—"
    title = texts.pick(what.plan.title)
    html = texts.html(f"membership-{what.kind}", title=title, until=until, stars=what.stars)
    return Form([html])


@look.register
def _of_booking(what: OfBooking, texts: Texts) -> Form:
    return booking_news(what, texts)


@look.register
def _offered(what: SeatOffered, texts: Texts) -> Form:
    return seat_offer(what, texts)


@look.register
def _lapsed(what: OfferLapsed, texts: Texts) -> Form:
    return Form([texts.html("offer-lapsed", title=texts.pick(what.event.item.title))])


@look.register
def _line_closed(what: LineClosed, texts: Texts) -> Form:
    event = what.event
    when = clock_time(event.starts_at, what.zone, texts) if event.starts_at else "—"
    return Form([texts.html("line-closed", title=texts.pick(event.item.title), when=when)])


@look.register
def _payment_problem(what: Asked, texts: Texts) -> Form:
    lines = [order_line(order, item, texts) for order, item in what.bought]
    html = texts.html(
        "paysupport-request",
        name=what.writer.first_name,
        user=str(what.writer.id),
        text=what.text,
        orders=Markup("\n".join(lines) or "—"),
    )
    return Form([html])


@look.register
def _payment_reply(what: Replied, texts: Texts) -> Form:
    return Form([texts.html("paysupport-reply", text=what.text)])


@look.register
def _rules_out(what: RulesOut, texts: Texts) -> Form:
    title, until = texts.pick(what.item.title), texts.when(what.draw.entries_until)
    html = texts.html("draw-rules-out", title=title, until=until)
    return Form([html], rules_button(what.item.id, texts))


@look.register
def _list_frozen(what: ListFrozen, texts: Texts) -> Form:
    html = texts.html(
        "draw-frozen",
        title=texts.pick(what.item.title),
        entries=what.draw.entries or 0,
        ticket=what.ticket,
        hash=what.draw.list_hash or "",
    )
    return Form([html], file_button(what.item.id, texts))


@look.register
def _not_drawn(what: NotDrawn, texts: Texts) -> Form:
    title = texts.pick(what.item.title)
    html = texts.html("draw-lost", title=title, ticket=what.ticket, seed=what.draw.seed)
    return Form([html], file_button(what.item.id, texts))


@look.register
def _won(what: Won, texts: Texts) -> Form:
    html = texts.html(
        "draw-won",
        title=texts.pick(what.item.title),
        ticket=what.ticket,
        prize=texts.pick(dict(what.prize)),
        until=texts.when(what.award.claim_until),
    )
    return Form([html], winner_buttons(what.item.id, texts))


def order_line(order: Order, item: Item, texts: Texts) -> Markup:
    """A line of what a person paid for, as HTML."""
    title = texts.pick(item.title)
    return Markup(
        texts.html("paysupport-order", order=order.id, title=title, stars=order.price_stars)
    )


def read_button(item: Item, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    data = ItemAct(act="read", item=item.id, origin="my")
    keyboard.button(text=texts("button-read"), callback_data=data)
    return keyboard.rows()


def invite_text(item: Item, texts: Texts, copy: str = "", most: int | None = None) -> Markup:
    """The item's card with the campaign's own words (`copy`) above it; of the card's text at most
    so many characters."""
    card = described(item, texts)
    if most is not None:
        card = replace(card, text=shorten(card.text, most) if most > 0 else "")
    shown = card_text(card, texts)
    if copy:
        shown = Markup(f"{escape(copy, quote=False)}\n\n{shown}")
    return Markup(texts.html("invite", card=shown))


def captioned(item: Item, texts: Texts, copy: str) -> Markup:
    """The same below a picture, where less fits: the card's text gives way."""
    html = invite_text(item, texts, copy)
    over = length(plain(html)) - CAPTION
    if over <= 0:
        return html
    return invite_text(item, texts, copy, len(described(item, texts).text) - over)


def invite_buttons(campaign_id: int, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    for act in ("open", "stop"):
        data = Invite(act=act, campaign=campaign_id)
        keyboard.button(text=texts(f"invite-{act}"), callback_data=data)
    return keyboard.rows(2)


def progress_text(
    campaign: Campaign, counts: Mapping[str, int], texts: Texts, *, offered: bool = True
) -> str:
    """`offered`: whether the item can still be had; a campaign ends when it can't."""
    held = counts.get("held", 0)
    total = sum(counts.values()) - held
    settled = total - counts.get("pending", 0) - counts.get("sending", 0)
    shown = ("sent", "blocked", "failed", "unknown", "skipped")
    text = texts.html(
        "broadcast-progress",
        campaign=str(campaign.id),
        status=texts(f"broadcast-status-{campaign.status}"),
        bar=bar(settled, total),
        done=settled,
        total=total,
        **{status: counts.get(status, 0) for status in shown},
    )
    if held:
        text += "\n" + texts.html("broadcast-held", held=held)
    if campaign.status == "cancelled" and settled < total and not offered:
        text += "\n" + texts.html("broadcast-ended")
    return text


def progress_buttons(
    campaign: Campaign, counts: Mapping[str, int], texts: Texts
) -> InlineKeyboardMarkup | None:
    keyboard, sizes = Buttons(), []
    if campaign.status in OPEN:
        for act in ("pause" if campaign.status == "sending" else "resume", "stop"):
            data = CampaignData(act=act, campaign=campaign.id)
            keyboard.button(text=texts(f"broadcast-{act}"), callback_data=data)
        sizes.append(2)
    if doubtful := counts.get("unknown", 0):
        label = texts("broadcast-doubtful", count=doubtful)
        keyboard.button(text=label, callback_data=Doubtful(act="list", campaign=campaign.id))
        sizes.append(1)
    return keyboard.rows(*sizes) if sizes else None


def request_text(request: HelpRequest, question: Question, texts: Texts) -> Markup:
    """What an editor sees: the question, the bot's answer and what was wrong with it."""
    lines = [texts.html("help-request", number=str(request.id), question=whole_question(question))]
    if question.refused:
        lines.append(texts("help-refused"))
    else:
        lines.append(texts.html("help-answered", answer=shorten(question.answer, SHOWN_ANSWER)))
    if question.reason:
        lines.append(texts("help-reason", reason=texts(f"reason-{question.reason}")))
    if question.comment:
        lines.append(texts.html("help-comment", comment=question.comment))
    lines.append(texts("help-how"))
    return Markup("\n\n".join(lines))
