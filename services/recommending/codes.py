"""Short codes of names, for buttons, which hold 64 bytes."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from itertools import islice
from typing import Any


def code(name: str) -> str:
    """A name that fits on a button beside others, and stays the same: 24 bits of its hash."""
    return urlsafe_b64encode(sha256(name.encode()).digest())[:4].decode() if name else ""


class Codes:
    """Codes back to names, which follow a mapping that only grows."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._known: dict[str, str] = {}
        self._read = 0

    def name(self, wanted: str) -> str:
        """The name of a code; an empty one of a code that there isn't."""
        if self._read < len(self._names):
            for name in islice(self._names, self._read, None):
                self._known.setdefault(code(name), name)
            self._read = len(self._names)
        return self._known.get(wanted, "") if wanted else ""
