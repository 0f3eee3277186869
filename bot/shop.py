"""Selling in Stars: an order, its invoice, and a delivery that a crash can't lose or double.

Delivery edits the order's card, since an edit that is repeated changes nothing; a second message
could not be told from a first whose answer was lost.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import InlineKeyboardMarkup, LabeledPrice, Message

from bot.buttons import Buttons
from bot.callbacks import ItemAct
from services.lengths import LIMIT, length
from storage.database import Database
from storage.models import DIGITAL_TYPES, Item, Order, User
from storage.repositories import orders, signals
from wording.items import shorten
from wording.texts import Texts, language_of

log = logging.getLogger(__name__)

TITLE_LIMIT, DESCRIPTION_LIMIT = 32, 255


class Shop:
    def __init__(self, bot: Bot, database: Database, clock: Callable[[], datetime]) -> None:
        self.bot = bot
        self.database = database
        self.clock = clock

    async def offer(self, message: Message, user_id: int, item: Item, texts: Texts) -> None:
        """Opens an order and sends its card and its invoice."""
        async with self.database.write() as session:
            order = await orders.open_order(session, user_id, item, self.clock())
        title = texts.pick(item.title)
        text = texts.html("order-card", title=title, order=order.id[:8], stars=order.price_stars)
        card = await message.answer(text)
        async with self.database.write() as session:
            await orders.set_card(session, order.id, card.message_id)
        await message.answer_invoice(
            title=title[:TITLE_LIMIT],
            # Telegram takes no invoice without a description.
            description=texts.pick(item.summary)[:DESCRIPTION_LIMIT] or title,
            payload=order.id,
            currency="XTR",
            prices=[LabeledPrice(label=title[:TITLE_LIMIT], amount=order.price_stars)],
        )

    async def pay(self, order_id: str, user_id: int, charge_id: str) -> str:
        """Takes a payment and delivers what it is for; a payment that fits no order goes back.

        Returns as `storage.repositories.orders.pay` does, or "unknown" for a made-up payment.
        """
        async with self.database.write() as session:
            outcome = await orders.pay(session, order_id, charge_id, self.clock())
            order = await orders.get(session, order_id)
            if order is not None and outcome == "paid":
                await signals.record(session, [self._signal(order, "purchased")])
        if outcome == "return":
            try:
                await self.pay_back(user_id, charge_id)
            except TelegramBadRequest as error:
                if "CHARGE_ID_INVALID" not in error.message:
                    raise
                log.warning("A payment of %s is none that Telegram knows: %s", user_id, charge_id)
                return "unknown"
            return outcome
        try:
            await self.settle(order_id)
        except TelegramAPIError:
            log.exception("Order %s is paid; the next round delivers it", order_id)
        return outcome

    async def settle(self, order_id: str) -> None:
        """Delivers a paid order, or pays back one that can't be honoured. Safe to repeat."""
        async with self.database.read() as session:
            order = await session.get(Order, order_id)
            if order is None or order.status not in ("paid", "refund_due"):
                return
            item = await session.get_one(Item, order.item_id)
            user = await session.get_one(User, order.user_id)
        if order.status == "refund_due":
            await self.refund(order, item, "payment-undelivered")
        elif order.delivered_at is None:
            texts = Texts(language_of(user.language, user.telegram_language))
            await self._deliver(order, item, texts)

    async def settle_all(self, user_id: int | None = None) -> None:
        """Finishes what a stopped process left open, for all or for one user; frees seats that
        were never paid for."""
        async with self.database.write() as session:
            await orders.expire_holds(session, self.clock())
            owed = [order.id for order in await orders.unfinished(session, user_id)]
        for order_id in owed:
            # Whatever is wrong with one order, the others' buyers don't wait for it.
            try:
                await self.settle(order_id)
            except Exception:
                log.exception("Order %s is not settled yet; the next round tries again", order_id)

    async def refund(self, order: Order, item: Item, why: str = "payment-refunded") -> bool:
        """Pays the Stars back, then says so. False when there is nothing to pay back."""
        if order.charge_id is None or order.status not in ("paid", "refund_due"):
            return False
        if order.user_id is None:  # their data was deleted: nobody can be paid back
            return False
        await self.pay_back(order.user_id, order.charge_id)
        return await self._note_refund(order, item, why)

    async def refunded_elsewhere(self, charge_id: str) -> None:
        """Telegram says that a charge was paid back: what it bought is taken back, too."""
        async with self.database.read() as session:
            order = await orders.with_charge(session, charge_id)
            item = await session.get(Item, order.item_id) if order else None
        if order is not None and item is not None:
            await self._note_refund(order, item, "payment-refunded")

    async def _note_refund(self, order: Order, item: Item, why: str) -> bool:
        """Marks the order, once, and tells the buyer."""
        async with self.database.write() as session:
            if await orders.refunded(session, order.id) is None or order.user_id is None:
                return False
            user = await session.get_one(User, order.user_id)
            await signals.record(session, [self._signal(order, "refunded")])
        texts = Texts(language_of(user.language, user.telegram_language))
        title = texts.pick(item.title)
        await self._tell(order, texts.html(why, title=title, stars=order.price_stars))
        return True

    def _signal(self, order: Order, verb: str) -> dict[str, object]:
        # The key is the order's: an order is bought and refunded once, however often that is told.
        return {
            "user_id": order.user_id,
            "verb": verb,
            "object_type": "item",
            "object_id": order.item_id,
            "value": float(order.price_stars),
            "source": "bot",
            "occurred_at": self.clock(),
            "idempotency_key": f"order:{order.id}:{verb}",
        }

    async def pay_back(self, user_id: int, charge_id: str) -> None:
        """Refunds a charge. Telegram itself tells apart a refund whose answer was lost."""
        try:
            await self.bot.refund_star_payment(user_id, charge_id)
        except TelegramBadRequest as error:
            if "CHARGE_ALREADY_REFUNDED" not in error.message:
                raise

    async def _deliver(self, order: Order, item: Item, texts: Texts) -> None:
        text = texts.pick(item.delivery)
        if item.type not in DIGITAL_TYPES and item.starts_at:
            text = "\n\n".join(
                filter(None, (text, texts("delivery-event", when=texts.when(item.starts_at))))
            )
        html = texts.html("delivery", title=texts.pick(item.title), text=text)
        # Of a longer text the card has the beginning; the button under it opens all.
        while length(html) > LIMIT:
            text = shorten(text, len(text) - (length(html) - LIMIT))
            html = texts.html("delivery", title=texts.pick(item.title), text=text)
        await self._tell(order, html, self.read_button(item, texts))
        async with self.database.write() as session:
            await orders.delivered(session, order.id, self.clock())

    async def _tell(
        self, order: Order, html: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Edits the order's card; sends a new message only when there is no card to edit."""
        if order.user_id is None:
            return
        try:
            if order.card_message_id is None:
                raise LookupError
            await self.bot.edit_message_text(
                html,
                chat_id=order.user_id,
                message_id=order.card_message_id,
                reply_markup=keyboard,
            )
        except TelegramForbiddenError:
            # They blocked the bot after paying: the purchase waits in /my.
            log.info("Order %s: the buyer has blocked the bot", order.id)
        except (LookupError, TelegramBadRequest) as error:
            if "message is not modified" not in str(error):
                await self.bot.send_message(order.user_id, html, reply_markup=keyboard)

    @staticmethod
    def read_button(item: Item, texts: Texts) -> InlineKeyboardMarkup | None:
        keyboard = Buttons()
        data = ItemAct(act="read", item=item.id, origin="my")
        keyboard.button(text=texts("button-read"), callback_data=data)
        return keyboard.rows()
