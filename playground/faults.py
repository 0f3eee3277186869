"""Faults that a test or the page can switch on."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

from playground.errors import ApiError, too_many_requests

Kind = Literal[
    "429",
    "500",
    "502",
    "gateway",
    "drop",
    "drop_after",
    "slow",
    "newer",
    "block",
    "deactivated",
    "no_peer",
    "rich",
    "ephemeral",
]
REFUSALS = {
    "500": (500, "Internal Server Error"),
    "502": (502, "Bad Gateway"),
    "block": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "no_peer": (400, "Bad Request: PEER_ID_INVALID"),
    "rich": (400, "Bad Request: RICH_MESSAGE_EMAIL_INVALID"),
    "ephemeral": (400, "Bad Request: EPHEMERAL_MESSAGES_FORBIDDEN"),
}
# What a call has that sends, changes or deletes for one member of a group.
FOR_ONE = {"ephemeral_message_parameters", "receiver_user_id"}
KINDS = get_args(Kind)


class Fault(BaseModel):
    """One rule: which calls it hits (`method` is a glob), how often, and how."""

    id: int = 0
    kind: Kind
    method: str = "*"
    chat_id: int | None = None
    times: int | None = Field(default=None, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seconds: float = Field(default=1.0, ge=0)
    retry_after: int = Field(default=1, ge=1)
    adds: dict[str, Any] = {}

    def newer(self, result: Any) -> Any:
        """The result as a later Bot API might have it, with fields that nobody knows yet."""
        return {**result, **self.adds} if self.adds and isinstance(result, dict) else result

    def refusal(self) -> ApiError | None:
        """The error body of a refusing fault; None for the kinds that act on the connection."""
        if self.kind == "429":
            return too_many_requests(self.retry_after)
        if self.kind in REFUSALS:
            return ApiError(*REFUSALS[self.kind])
        return None


@dataclass
class Faults:
    """The rules in force, first match wins."""

    rules: list[Fault] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1))
    _random: random.Random = field(default_factory=random.Random)
    _cleared: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, fault: Fault) -> int:
        fault.id = next(self._ids)
        self.rules.append(fault)
        return fault.id

    def remove(self, fault_id: int) -> bool:
        kept = [rule for rule in self.rules if rule.id != fault_id]
        found = len(kept) < len(self.rules)
        self.rules = kept
        return found

    def clear(self) -> None:
        """Forgets all; calls that are being held up go on."""
        self.rules.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def hold_up(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._cleared.wait(), seconds)

    def strike(self, method: str, params: dict[str, Any]) -> Fault | None:
        """The fault that hits this call, used up by one; None when it goes unharmed."""
        for rule in self.rules:
            if not fnmatchcase(method.lower(), rule.method.lower()):
                continue
            if rule.chat_id is not None and str(params.get("chat_id")) != str(rule.chat_id):
                continue
            if rule.kind == "ephemeral" and not FOR_ONE & params.keys():
                continue
            if self._random.random() >= rule.probability:
                continue
            if rule.times is not None:
                rule.times -= 1
                if rule.times == 0:
                    self.remove(rule.id)
            return rule
        return None
