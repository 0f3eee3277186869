"""Columns that are kept encrypted: AES-256-GCM under keys of our own, the newest first.

A value is bound to its table and column, so that one can't be moved to another. The keys hang on
the database that they are for (`Database.unlock`); each value names its key, so a key that is out
of use stays in the list until `chezhi db rotate-keys` has put all under the newest.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import JSON, Dialect, LargeBinary, TypeDecorator
from sqlalchemy.ext.asyncio import AsyncSession

KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 8, 12
# Where the keys of a database are, at the dialect of its engine: what a column's type is given.
_AT = "chezhi_keys"
# What Telegram calls what nobody else may read.
_PRIVATE = ("phone_number", "vcard")
_SEALED, _IN_INBOX = "sealed:", "inbox.payload"
# A Chinese mobile number, or one with its country's code.
NUMBER = re.compile(r"\s*(?:(?:\+?\s*86)?[\s-]*1[3-9](?:[\s-]*\d){9}|\+(?:[\s().-]*\d){7,15})\s*")


class EncryptionError(Exception):
    """What is encrypted can't be kept or read; the message says what to do."""


class NoKey(EncryptionError):
    def __init__(self) -> None:
        super().__init__(
            "Names and phone numbers are kept encrypted, and there is no key for that: make one "
            "with `chezhi db make-key` and set it as CHEZHI_ENCRYPTION_KEYS."
        )


class Keys:
    """Keys of 32 bytes, the newest first. Raises EncryptionError where there is none."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise NoKey
        self._keys = {_derived(key, b"id")[:ID_BYTES]: key for key in reversed(keys)}
        self.newest = _derived(keys[0], b"id")[:ID_BYTES]
        self._ciphers = {name: AESGCM(_derived(k, b"cipher")) for name, k in self._keys.items()}
        self._lookups = {name: _derived(key, b"lookup") for name, key in self._keys.items()}

    def encrypt(self, text: str, about: str) -> bytes:
        """The newest key's id, a nonce, and the sealed text; `about` says where it belongs."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.newest].encrypt(nonce, text.encode(), about.encode())
        return self.newest + nonce + sealed

    def decrypt(self, data: bytes, about: str) -> str:
        """Raises EncryptionError for an unknown key, and for what was changed or moved."""
        name, nonce = data[:ID_BYTES], data[ID_BYTES : ID_BYTES + NONCE_BYTES]
        if name not in self._ciphers:
            raise EncryptionError(
                f"{about} holds a value under a key that isn't in CHEZHI_ENCRYPTION_KEYS: put the "
                "old key back at the end of the list, then run `chezhi db rotate-keys`."
            )
        try:
            sealed = data[ID_BYTES + NONCE_BYTES :]
            return self._ciphers[name].decrypt(nonce, sealed, about.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise EncryptionError(f"{about} holds a value that was changed or moved.") from error

    def lookup(self, text: str) -> bytes:
        """By what equal texts are found: a keyed hash, under the newest key."""
        return self.lookups(text)[0]

    def lookups(self, text: str) -> list[bytes]:
        """The same under each key, the newest first: rows may still have an older one's."""
        names = sorted(self._lookups, key=lambda name: name != self.newest)
        return [hmac.digest(self._lookups[name], text.encode(), "sha256") for name in names]


def _derived(key: bytes, use: bytes) -> bytes:
    """One key for each use, of 32 bytes."""
    return hmac.digest(key, b"chezhi " + use, hashlib.sha256)


def make_key() -> str:
    """A new key as settings have it: 44 characters of base64."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def read_key(text: str) -> bytes:
    """Raises ValueError, which says nothing of the key."""
    try:
        key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 44 characters of base64: chezhi db make-key makes one")
    return key


def kept_secret(file: Path, secret: str) -> str:
    """What the file says; where there is none, it is made with `secret`, for its owner alone.

    Of two processes that make it at once, both have what the first wrote.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        beside.touch(mode=0o600)
        beside.write_text(secret + "\n", encoding="ascii")
        try:
            os.link(beside, file)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return file.read_text(encoding="ascii").strip()


def unlock(dialect: Dialect, keys: Keys | None) -> None:
    setattr(dialect, _AT, keys)


def are_there(dialect: Dialect) -> bool:
    return getattr(dialect, _AT, None) is not None


def keys_of(dialect: Dialect) -> Keys:
    """The keys of a database. Raises NoKey."""
    keys: Keys | None = getattr(dialect, _AT, None)
    if keys is None:
        raise NoKey
    return keys


def keys_in(session: AsyncSession) -> Keys:
    return keys_of(session.get_bind().dialect)


class Encrypted(TypeDecorator[str]):
    """Text that is kept encrypted; `about` is its table and column. Raises EncryptionError."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keys_of(dialect).encrypt(value, self.about)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else keys_of(dialect).decrypt(value, self.about)


class SealedUpdate(TypeDecorator[dict[str, Any]]):
    """An update from Telegram, in which phone numbers are encrypted; without keys they are left
    out, since nothing can be done with them then."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else _sealed(value, getattr(dialect, _AT, None))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else _opened(value, getattr(dialect, _AT, None))


def _sealed(value: Any, keys: Keys | None) -> Any:
    if isinstance(value, dict):
        return {
            name: _seal(one, keys)
            if isinstance(one, str)
            and (name in _PRIVATE or (name == "text" and NUMBER.fullmatch(one)))
            else _sealed(one, keys)
            for name, one in value.items()
        }
    return [_sealed(one, keys) for one in value] if isinstance(value, list) else value


def _seal(text: str, keys: Keys | None) -> str:
    sealed = keys.encrypt(text, _IN_INBOX) if keys else b""
    return _SEALED + base64.b64encode(sealed).decode()


def _opened(value: Any, keys: Keys | None) -> Any:
    if isinstance(value, dict):
        return {name: _opened(one, keys) for name, one in value.items()}
    if isinstance(value, list):
        return [_opened(one, keys) for one in value]
    if not isinstance(value, str) or not value.startswith(_SEALED):
        return value
    try:
        data = base64.b64decode(value.removeprefix(_SEALED), validate=True)
        return keys.decrypt(data, _IN_INBOX) if keys else ""
    except (binascii.Error, EncryptionError):
        return ""  # somebody's words that look so, or a key that is gone
