"""The services' messenger, on Telegram."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import LabeledPrice

from activities.membership import MonthlyInvoice
from activities.shop import Invoice
from bot.buttons import Buttons
from bot.chats import edit_at
from bot.forms import Forms
from bot.invites import Invites
from bot.messages import look
from bot.outgoing import broadcasting
from bot.session import connection_refused, never_arrived, unreachable
from campaigns.broadcast import Invite
from services.messenger import (
    Blocked,
    NotSent,
    Rejected,
    SlowDown,
    Unanswered,
    Undelivered,
    What,
)
from storage.database import Database
from storage.models import User
from wording.texts import Texts, texts_for

# While no connection to Telegram comes about, what can wait is tried again so often.
REFUSED_S = 5.0
# The one length of a subscription's period, seconds.
MONTH_S = 2_592_000
# Of an invoice, in characters.
TITLE_LIMIT, DESCRIPTION_LIMIT = 32, 255


class TelegramMessenger:
    """Implements services.messenger.Messenger."""

    def __init__(
        self,
        bot: Bot,
        database: Database,
        forms: Forms | None = None,
        data_dir: Path | None = None,
    ) -> None:
        self.bot = bot
        self.database = database
        self.forms = forms or Forms(database)
        self.invites = Invites(bot, database, self.forms, data_dir)

    async def send(self, to: int, what: What) -> int:
        if isinstance(what, Invite):
            # It gives way to replies.
            with classified(), broadcasting():
                return await self.invites.send(to, what)
        texts, rich = await self._reader(to)
        with classified():
            if isinstance(what, Invoice):
                return await self._send_invoice(to, what, texts)
            if isinstance(what, MonthlyInvoice):
                return await self._send_monthly(to, what, texts)
            shown = await self.forms.show(self.bot, to, look(what, texts), texts, rich=rich)
        return shown[-1]

    async def edit(self, to: int, message_id: int, what: What) -> bool:
        texts, _ = await self._reader(to)
        form = look(what, texts)
        with classified():
            return await edit_at(self.bot, to, message_id, form.html[0], form.keyboard)

    async def renew(self, to: int, charge_id: str, *, renews: bool) -> None:
        with classified():
            try:
                await self.bot.edit_user_star_subscription(to, charge_id, is_canceled=not renews)
            except TelegramBadRequest as error:
                if "NOT_MODIFIED" not in error.message:
                    raise

    async def pay_back(self, to: int, charge_id: str) -> bool:
        """Telegram itself tells apart a refund whose answer was lost."""
        with classified():
            try:
                await self.bot.refund_star_payment(to, charge_id)
            except TelegramBadRequest as error:
                if "CHARGE_ID_INVALID" in error.message:
                    return False
                if "CHARGE_ALREADY_REFUNDED" not in error.message:
                    raise
        return True

    async def _reader(self, user_id: int) -> tuple[Texts, bool]:
        """The person's language and clock, and whether their app draws rich messages."""
        async with self.database.read() as session:
            user = await session.get(User, user_id)
        if user is None:
            return Texts("zh"), False
        return texts_for(user), bool(user.draws_rich)

    async def _send_monthly(self, to: int, what: MonthlyInvoice, texts: Texts) -> int:
        """Only a link can ask for a subscription."""
        plan, stars = what.plan, what.membership.price_stars
        title = texts.pick(plan.title)
        link = await self.bot.create_invoice_link(
            title=title[:TITLE_LIMIT],
            description=texts.pick(plan.summary)[:DESCRIPTION_LIMIT] or title,
            payload=what.membership.id,
            currency="XTR",
            prices=[LabeledPrice(label=title[:TITLE_LIMIT], amount=stars)],
            subscription_period=MONTH_S,
        )
        keyboard = Buttons()
        keyboard.button(text=texts("membership-pay", stars=stars), url=link)
        html = texts.html(
            "membership-offer", title=title, summary=texts.pick(plan.summary), stars=stars
        )
        sent = await self.bot.send_message(to, html, reply_markup=keyboard.rows())
        return sent.message_id

    async def _send_invoice(self, to: int, what: Invoice, texts: Texts) -> int:
        title, order = texts.pick(what.item.title), what.order
        told = texts.pick(what.item.summary)
        if order.coupon_code is not None:
            values = {"code": order.coupon_code, "off": order.taken_off, "list": order.list_stars}
            told = texts("invoice-coupon", **values) + " " + told
        sent = await self.bot.send_invoice(
            to,
            title=title[:TITLE_LIMIT],
            # Telegram takes no invoice without a description.
            description=told[:DESCRIPTION_LIMIT] or title,
            payload=order.id,
            currency="XTR",
            prices=[LabeledPrice(label=title[:TITLE_LIMIT], amount=order.price_stars)],
        )
        return sent.message_id


@contextmanager
def classified() -> Iterator[None]:
    """Raises what Telegram's errors mean to a service."""
    try:
        yield
    except TelegramRetryAfter as error:
        raise SlowDown(error.retry_after) from error
    except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
        if connection_refused(error):
            raise SlowDown(REFUSED_S) from error
        if never_arrived(error):
            raise NotSent(str(error)) from error
        raise Unanswered(str(error)) from error
    except TelegramAPIError as error:
        if unreachable(error):
            raise Blocked(error.message) from error
        raise Rejected(error.message) from error


def cause_of(error: BaseException) -> BaseException:
    """What Telegram said, of a failure that a service was told of; else the error itself."""
    if isinstance(error, Undelivered) and error.__cause__ is not None:
        return error.__cause__
    return error
