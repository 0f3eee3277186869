"""Every Bot API call that came in, for tests and the page."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiogram.types import InputFile

from playground.plain import Json

KEPT = 20_000  # calls


@dataclass
class RequestLog:
    """The newest calls, numbered from 1."""

    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def add(self, at: float, bot_id: int, method: str, params: dict[str, Any]) -> Json:
        """Notes a call down; the caller sets `status` (0 until then: still running, or the
        connection was dropped)."""
        entry: Json = {
            "n": next(self._numbers),
            "at": at,
            "bot": bot_id,
            "method": method,
            "params": {key: _shown(value) for key, value in params.items()},
            "status": 0,
        }
        self.calls.append(entry)
        return entry

    def since(self, number: int) -> list[Json]:
        """Calls numbered above `number`, oldest first."""
        return [entry for entry in self.calls if entry["n"] > number]


def _shown(value: Any) -> Any:
    return f"<file {value.filename}>" if isinstance(value, InputFile) else value
