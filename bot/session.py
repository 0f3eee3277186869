"""The way to the Bot API: what Telegram's answers mean, also those that aiogram can't read."""

import json
import logging
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import (
    ClientDecodeError,
    RestartingTelegram,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramServerError,
)
from aiogram.methods import Response, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientConnectorError, ClientError, ClientTimeout
from pydantic import ValidationError

from bot.parsing import field_of, loads, salvaged
from bot.prepared import CONTENT_TYPE, PreparedCall

log = logging.getLogger(__name__)

GATEWAYS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)


# Of refusals with 400, those that mean: nobody is there to write to, or the bot may not.
NOBODY_THERE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user_is_blocked",
    "user is deactivated",
    "input_user_deactivated",
    "bot was kicked",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_",
    "chat_admin_required",
    "topic_closed",
    "topic_deleted",
    "message thread not found",
)


class GatewayError(TelegramServerError):
    """Something before Telegram's own server answered in its place: what became of the call, if
    it got through, is unknown."""


class Session(AiohttpSession):
    """Reads what it can of an answer: a message with a field of a new kind was sent all the same.

    Every failure is a `TelegramAPIError`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(json_loads=loads, **options)
        self._told: set[tuple[str, str]] = set()
        self._limit = ClientTimeout(total=self.timeout)

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        try:
            return super().check_response(bot, method, status_code, content)
        except TelegramServerError as error:
            if status_code in GATEWAYS:
                raise GatewayError(method=method, message=error.message) from error
            raise
        except ClientDecodeError as error:
            if isinstance(error.original, ValidationError):
                return self._salvage(bot, method, error.original, error.data)
        raise GatewayError(method=method, message="Bad Gateway: the answer is no JSON")

    async def send_prepared(self, bot: Bot, call: PreparedCall) -> int:
        """Sends what was made ready for many; the message's id. Raises what aiogram does."""
        send: Any = self.middleware.wrap_middlewares(cast(Any, self._post))
        return int(await send(bot, cast(Any, call)))

    async def _post(self, bot: Bot, call: PreparedCall) -> int:
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=call.what.method)
        headers = {"Content-Type": CONTENT_TYPE}
        method = SendMessage(chat_id=call.chat_id, text="")
        try:
            sending = session.post(url, data=call.body, headers=headers, timeout=self._limit)
            async with sending as answer:
                content = await answer.read()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            told = f"{type(error).__name__}: {error}"
            raise TelegramNetworkError(method=method, message=told) from error
        if answer.status == HTTPStatus.OK:
            with suppress(ValueError, KeyError, TypeError):
                return int(json.loads(content)["result"]["message_id"])
        self.check_response(bot, method, answer.status, content.decode(errors="replace"))
        raise TelegramAPIError(method=method, message="the answer has no message")

    def _salvage(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        error: ValidationError,
        data: Any,
    ) -> Response[TelegramType]:
        kind = Response[method.__returning__]  # type: ignore[name-defined]

        def validate(body: Any) -> Response[TelegramType]:
            return kind.model_validate(body, context={"bot": bot})

        found = salvaged(validate, data) if isinstance(data, dict) else None
        if found is None or not found[0].ok or found[0].result is None:
            where = field_of(error, data)
            # Not from the error itself, which quotes what it couldn't read.
            raise TelegramAPIError(
                method=method, message=f"the answer can't be read: {where}"
            ) from None
        response, left_out = found
        name = type(method).__name__
        if left_out and (name, left_out) not in self._told:
            self._told.add((name, left_out))
            log.warning("An answer to %s has fields of a new kind: %s", name, left_out)
        return response


def connection_refused(error: BaseException) -> bool:
    """Whether no connection to the Bot API came about, so that the call was never made."""
    cause = error.__cause__
    return isinstance(error, TelegramNetworkError) and isinstance(cause, ClientConnectorError)


def never_arrived(error: BaseException) -> bool:
    """Whether a call that failed was certainly not carried out: no connection came about, or
    Telegram's own server says that it failed.

    That is its JSON with 500 and the like. It is not so of 502 and 504, which the gateway before it
    says in JSON, too, when its answer doesn't come in time; nor of "restart", with which it ends
    the calls that were under way when it stopped. Of a line that was cut after the call was sent
    nothing is known.
    """
    in_doubt = isinstance(error, GatewayError | RestartingTelegram)
    refused = isinstance(error, TelegramServerError) and not in_doubt
    return refused or connection_refused(error)


def unreachable(error: TelegramAPIError) -> bool:
    """Whether the chat can't be written to: the bot is blocked or not in it, or it is gone."""
    told = error.message.lower()
    refused = isinstance(error, TelegramBadRequest) and any(words in told for words in NOBODY_THERE)
    return refused or isinstance(error, TelegramForbiddenError | TelegramMigrateToChat)


def too_late(error: TelegramAPIError) -> bool:
    """Whether a tap, a checkout or an inline query is answered after Telegram stopped waiting."""
    return isinstance(error, TelegramBadRequest) and "query is too old" in error.message
