"""Campaigns' messenger, on Telegram."""

import logging
from collections.abc import Mapping

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Campaign as CampaignData
from bot.callbacks import Doubtful, Invite
from bot.outgoing import broadcasting
from bot.progress import bar
from bot.session import connection_refused, never_arrived
from campaigns.messenger import Blocked, NotSent, Rejected, SlowDown, Unanswered
from services.clock import utc_now
from storage.database import Database
from storage.models import Campaign, Item, User
from storage.repositories import items
from wording.items import card
from wording.texts import Markup, Texts, language_of

log = logging.getLogger(__name__)

OPEN = ("sending", "paused")
# While no connection to Telegram comes about, a broadcast tries again so often.
REFUSED_S = 5.0


def invite_text(item: Item, texts: Texts) -> Markup:
    return Markup(texts.html("invite", card=card(item, texts)))


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
    total = sum(counts.values())
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


class TelegramMessenger:
    """Implements campaigns.messenger.Messenger."""

    def __init__(self, bot: Bot, database: Database) -> None:
        self.bot = bot
        self.database = database

    async def invite(self, user_id: int, campaign_id: int, item: Item) -> int:
        async with self.database.read() as session:
            user = await session.get(User, user_id)
        if user is None:
            raise Rejected("this person's data was deleted")
        texts = _texts(user)
        text, buttons = invite_text(item, texts), invite_buttons(campaign_id, texts)
        try:
            with broadcasting():
                message = await self.bot.send_message(user_id, text, reply_markup=buttons)
        except TelegramRetryAfter as error:
            raise SlowDown(error.retry_after) from error
        except TelegramForbiddenError as error:
            raise Blocked from error
        except TelegramBadRequest as error:
            if "chat not found" in error.message:
                raise Blocked from error
            raise Rejected(error.message) from error
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
            if connection_refused(error):
                raise SlowDown(REFUSED_S) from error
            if never_arrived(error):
                raise NotSent(str(error)) from error
            raise Unanswered(str(error)) from error
        except TelegramAPIError as error:
            raise Rejected(str(error)) from error
        return message.message_id

    async def show_progress(self, campaign: Campaign, counts: Mapping[str, int]) -> None:
        """Edits the admin's progress message; a fault there never stops the campaign."""
        if campaign.progress_message_id is None:
            return
        async with self.database.read() as session:
            texts = _texts(await session.get(User, campaign.created_by))
            item = await items.on_offer_now(session, campaign.item_id, utc_now())
        try:
            await self.bot.edit_message_text(
                progress_text(campaign, counts, texts, offered=item is not None),
                chat_id=campaign.created_by,
                message_id=campaign.progress_message_id,
                reply_markup=progress_buttons(campaign, counts, texts),
            )
        except (TelegramAPIError, ClientDecodeError) as error:
            # The next edit tells the same and more.
            log.info("Campaign %s: the progress is not shown: %s", campaign.id, error)


def _texts(user: User | None) -> Texts:
    return Texts(language_of(user.language, user.telegram_language) if user else "zh")
