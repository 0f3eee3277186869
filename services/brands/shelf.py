"""The books in force: brought in whole or not at all, gone back to, and read for a check."""

import asyncio
import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.brands import book as books
from services.brands.book import Book
from services.brands.checking import Books, Rules
from storage.database import Database
from storage.repositories import brands

# Versions of a brand that are kept.
KEEP = 20


class Imported(NamedTuple):
    """What an import did; `new` is False where the file is the version in force already."""

    brand: str
    version: int
    new: bool
    rules: int


class UnknownVersion(Exception):
    """There is no such version of the brand's book."""


async def load(session: AsyncSession) -> Books:
    """The books in force. Costs one small query where this process knows them all already."""
    live = dict(await brands.live(session))
    known = {brand: _known[digest] for brand, digest in live.items() if digest in _known}
    if missing := live.keys() - known:
        for row in await brands.bodies(session, missing):
            known[row.brand_id] = await asyncio.to_thread(_rules, row.body)
            if len(_known) >= MOST_KNOWN:
                _known.pop(next(iter(_known)))
            _known[row.digest] = known[row.brand_id]
    return Books(known)


def read(name: str, data: bytes) -> Book:
    """A brand's book from its file, of which each suggestion passes it and the law's.

    Raises BookError.
    """
    book = books.read(name, data)
    alone = Books({book.brand: Rules(book)})
    wrong = []
    for place, words in books.said(book):
        if found := alone.check(words, book.brand, None):
            told = f"{words!r} breaks rule {found[0].rule} itself: say it otherwise"
            wrong.append((books.line_of(data, place), told))
    if wrong:
        raise books.faults(name, wrong)
    return book


async def bring_in(
    database: Database, name: str, data: bytes, now: datetime, by: int | None = None
) -> Imported:
    """Puts a brand's book in force. Raises BookError, and changes nothing then."""
    book = await asyncio.to_thread(read, name, data)
    body = data.decode("utf-8-sig")
    digest = hashlib.sha256(body.encode()).hexdigest()
    title = book.title.model_dump()
    async with database.write() as session:
        version, new = await brands.save(session, book.brand, title, body, digest, by, now, KEEP)
    return Imported(book.brand, version, new, len(list(book.rules())) + len(book.names))


async def go_back(database: Database, brand: str, version: int | None, now: datetime) -> int:
    """Puts a kept version in force, without a number the one before; returns which.

    Raises UnknownVersion.
    """
    async with database.write() as session:
        kept = [row.version for row in await brands.versions(session, brand)]
        live = {row.id: row.version for row in await brands.listed(session)}.get(brand)
        if version is None:
            version = max((one for one in kept if live is not None and one < live), default=None)
        if version is None or not await brands.go_back(session, brand, version, now):
            raise UnknownVersion
    return version


# By the digest of their file: making patterns takes far longer than a check.
MOST_KNOWN = 256
_known: dict[str, Rules] = {}


def _rules(body: str) -> Rules:
    return Rules(books.read("the book", body.encode()))
