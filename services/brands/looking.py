"""What of the catalogue and of the lessons breaks the rules of a brand or of the law."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from retrieval.documents import Document, DocumentError, Reader, parse
from services.brands.checking import Books, Finding
from storage.database import Database
from storage.repositories import documents

# The texts of an item that people read.
ITEM_TEXTS = ("title", "summary", "description", "delivery")


class Found(NamedTuple):
    """A finding, and the text it is in: of an item "id.field.language", of a lesson its id."""

    where: str
    finding: Finding


def in_items(books: Books, rows: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """Of items as rows of their table: by the book of their brand, and of whom they name."""
    for row in rows:
        brand = (row.get("brand") or {}).get("zh") or (row.get("brand") or {}).get("en")
        for field in ITEM_TEXTS:
            for language, text in (row.get(field) or {}).items():
                for finding in books.check(text, brand, "catalogue"):
                    yield Found(f"{row['id']}.{field}.{language}", finding)


async def in_lessons(
    database: Database, books: Books, brand: str | None = None
) -> AsyncIterator[Found]:
    """Of lessons, which are told of and never altered: their words are their authors'."""
    async with database.read() as session:
        stored = await documents.stored(session)
    with Reader() as reader:
        for file in stored:
            async with database.read() as session:
                data = await documents.data(session, file.id)
            try:
                lesson = await asyncio.to_thread(parse, file.name, data or b"", file.label, reader)
            except DocumentError:  # it is in no index either, which tells why
                continue
            for finding in await asyncio.to_thread(_in_lesson, books, lesson, brand):
                yield finding


def _in_lesson(books: Books, lesson: Document, brand: str | None) -> list[Found]:
    return [
        Found(lesson.id, finding)
        for section in lesson.sections
        for text in (*section.headings[-1:], section.text)
        for finding in books.check(text, brand, "lesson")
    ]
