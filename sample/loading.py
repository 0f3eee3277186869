"""Loading `sample/`: lessons, items, and the behaviour of invented users."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from activities import catalogue_file
from activities.catalogue_import import bring_in
from sample.behaviour import SampleSignal, SampleUser, generate, load_items
from services.brands import shelf
from services.content import golden_file
from services.content.indexing import Indexing
from storage.database import Database
from storage.models import Signal
from storage.repositories import documents, golden, signals, users

SOURCE = "sample"
USERS = 2000


def lesson_files() -> dict[str, bytes]:
    """The sample lessons by file name."""
    folder = Path(str(files("sample"))) / "lessons"
    # The name keeps its language, since both languages use the same slugs.
    return {
        f"{path.parent.name}-{path.name}": path.read_bytes()
        for path in sorted(folder.glob("*/*.md"))
    }


def catalogue(now: datetime) -> catalogue_file.Catalogue:
    """The sample's items and plans as rows; relative dates count from `now`."""
    folder = Path(str(files("sample")))
    return catalogue_file.read("items.yaml", (folder / "items.yaml").read_bytes(), now, folder)


def golden_questions() -> list[dict[str, Any]]:
    """The sample's golden questions, for all of its lessons."""
    return golden_file.read("golden.yaml", (files("sample") / "golden.yaml").read_bytes())


def brand_books() -> dict[str, bytes]:
    """The sample's rule books of brands by file name."""
    folder = Path(str(files("sample"))) / "brands"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}


async def load_sample(
    database: Database,
    indexing: Indexing,
    clock: Callable[[], datetime],
    lessons: Mapping[str, bytes],
    users_count: int,
    questions: Sequence[dict[str, Any]] = (),
) -> int:
    """Loads what isn't there yet; returns how many rows of behaviour were added.

    Lessons that a person changed or removed stay so. Items and users are overwritten by id and the
    behaviour goes in as one transaction, so a load that was killed is simply done again.
    """
    async with database.read() as session:
        touched = await documents.touched(session)
        there = await signals.count(session, Signal.source == SOURCE)
    await indexing.add(lessons, leave=touched)
    if there:
        return 0
    now = clock()
    rows = await asyncio.to_thread(catalogue, now)
    behaviour = await asyncio.to_thread(generate, load_items(), users_count, now=now)
    await bring_in(database, rows, now)
    for name, book in brand_books().items():
        await shelf.bring_in(database, name, book, now)
    async with database.write() as session:
        await golden.save(session, questions)
        await users.save(session, [_user(user, now) for user in behaviour.users])
        return await signals.record(session, [_signal(signal) for signal in behaviour.signals])


def _user(user: SampleUser, now: datetime) -> dict[str, Any]:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "role": "user",
        "telegram_language": user.language,
        "personalisation": True,
        "consented_at": now,
        "car": user.car,
        "topics": list(user.topics),
        "city": user.city,
        # Invented people have no chat, so no campaign may write to them.
        "invites": False,
        "created_at": now,
        "seen_at": now,
    }


def _signal(signal: SampleSignal) -> dict[str, Any]:
    return {
        "user_id": signal.user,
        "verb": signal.verb,
        "object_type": signal.object_type,
        "object_id": signal.object,
        "value": signal.value,
        "source": SOURCE,
        "occurred_at": signal.occurred_at,
        "idempotency_key": signal.idempotency_key,
    }
