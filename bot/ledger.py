"""Telegram's own list of Star transactions, against our orders: no charge is kept for nothing.

A payment's update can fail to reach an order: the person deleted their data after the checkout, or
it could not be read. The list still has the charge, so it is delivered or paid back from there.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from aiogram import Bot
from aiogram.types import StarTransaction, TransactionPartnerUser

from activities.membership import Memberships, is_membership
from activities.shop import Shop
from services.operators import Operators
from storage.database import Database
from storage.repositories import star_ledger

log = logging.getLogger(__name__)

PAGE = 100
# A payment's own update comes first, as a rule.
YOUNG = timedelta(minutes=2)
# Telegram brings an update for a day. What is older was settled, or is of a time and of a software
# that these orders know nothing of.
OLD = timedelta(days=1)


class Ledger:
    def __init__(
        self,
        bot: Bot,
        database: Database,
        shop: Shop,
        memberships: Memberships,
        operators: Operators,
        clock: Callable[[], datetime],
    ) -> None:
        self.bot = bot
        self.database = database
        self.shop = shop
        self.memberships = memberships
        self.operators = operators
        self.clock = clock

    async def compare(self) -> None:
        """Settles each charge that came since the last time. Raises TelegramAPIError."""
        async with self.database.read() as session:
            start = await star_ledger.seen(session, self.bot.id)
        new = await self._from(start)
        paid_back = {one.id for one in new if one.receiver is not None}
        seen, waiting = start, False
        for transaction in new:
            if transaction.id not in paid_back and not await self._settled(transaction):
                waiting = True
            if not waiting:
                seen += 1
        if seen > start:
            async with self.database.write() as session:
                await star_ledger.set_seen(session, self.bot.id, seen)

    async def _from(self, start: int) -> Sequence[StarTransaction]:
        found: list[StarTransaction] = []
        while True:
            offset = start + len(found)
            page = await self.bot.get_star_transactions(offset=offset, limit=PAGE)
            found += page.transactions
            if len(page.transactions) < PAGE:
                return found

    async def _settled(self, transaction: StarTransaction) -> bool:
        """Whether nothing is left to do about a transaction."""
        buyer, age = transaction.source, self.clock() - transaction.date
        if not isinstance(buyer, TransactionPartnerUser) or buyer.invoice_payload is None:
            return True
        if age < YOUNG:
            return False
        if age > OLD:
            return True
        try:
            outcome = await self._pay(transaction, buyer, buyer.invoice_payload)
        except Exception:
            # Whatever is wrong with one charge, the others don't wait for it.
            log.exception(
                "Charge %s is not settled yet; the next round tries again", transaction.id
            )
            return False
        if outcome == "return":
            log.warning("Charge %s was for no order and is paid back", transaction.id)
            stars = transaction.amount
            await self.operators.tell_person(buyer.user.id, "payment-returned", stars=stars)
        return True

    async def _pay(
        self, transaction: StarTransaction, buyer: TransactionPartnerUser, payload: str
    ) -> str:
        if not is_membership(payload):
            return await self.shop.pay(payload, buyer.user.id, transaction.id)
        period = buyer.subscription_period or timedelta(days=30)
        length = period if isinstance(period, timedelta) else timedelta(seconds=period)
        return await self.memberships.pay(
            payload, buyer.user.id, transaction.id, transaction.amount, transaction.date + length
        )
