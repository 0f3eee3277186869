"""Long polling that no single update can stop: what comes is taken as JSON and written down."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import TelegramMethod

from bot.inbox import Inbox

log = logging.getLogger(__name__)

WAIT_S = 30
# Seconds between two tries where fetching fails, doubled each time, and at most.
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 10.0


class FetchUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, unparsed."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = WAIT_S
    allowed_updates: list[str]


async def fetch_updates(bot: Bot, inbox: Inbox, kinds: Sequence[str]) -> None:
    """Hands updates of these kinds to the inbox until cancelled."""
    fetch = FetchUpdates(allowed_updates=list(kinds))
    pause = FIRST_PAUSE_S
    while True:
        try:
            payloads = await bot(fetch, request_timeout=int(bot.session.timeout) + WAIT_S)
            await inbox.receive(payloads)
        except Exception as error:
            # Of other errors only the kind: their words may be people's.
            told = str(error) if isinstance(error, TelegramAPIError) else type(error).__name__
            log.error("Updates can't be fetched, next try in %s s: %s", pause, told)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE_S)
            continue
        pause = FIRST_PAUSE_S
        if payloads:
            # Telegram forgets what lies before the offset once it is asked for more.
            last = max(int(payload["update_id"]) for payload in payloads)
            fetch = fetch.model_copy(update={"offset": last + 1})
        await inbox.room()
