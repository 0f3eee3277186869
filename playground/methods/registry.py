"""Which function carries out which method."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiogram.methods import TelegramMethod
from aiogram.types import Message

from playground.errors import ApiError
from playground.world import Bot, World


@dataclass(frozen=True)
class Context:
    """Who calls, and where."""

    world: World
    bot: Bot


Call = TypeVar("Call", bound=TelegramMethod[Any])
Handler = Callable[[Context, Call], Awaitable[Any]]
_HANDLERS: dict[type[TelegramMethod[Any]], Handler[Any]] = {}


def handles(cls: type[Call]) -> Callable[[Handler[Call]], Handler[Call]]:
    """Registers the handler of a method; it takes the checked call and returns aiogram types."""

    def register(handler: Handler[Call]) -> Handler[Call]:
        _HANDLERS[cls] = handler
        return handler

    return register


async def carry_out(context: Context, call: TelegramMethod[Any]) -> Any:
    """The method's result. Raises ApiError."""
    handler = _HANDLERS.get(type(call))
    if handler is None:
        raise ApiError(501, f"Not Implemented: the playground has no {call.__api_method__} yet")
    result = await handler(context, call)
    # Where a bot changes a message by its inline id, the message is none that it may see.
    inline = getattr(call, "inline_message_id", None) is not None
    return True if inline and isinstance(result, Message) else result
