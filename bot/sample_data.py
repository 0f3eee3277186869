"""Loading `sample/`: lessons, items, and the behaviour of invented users."""

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot import catalogue_file
from bot.indexing import Indexing
from sample.behaviour import SampleSignal, SampleUser, generate, load_items
from storage.database import Database
from storage.models import Signal
from storage.repositories import items, signals, users

SOURCE = "sample"


def lesson_files() -> dict[str, bytes]:
    folder = Path(str(files("sample"))) / "lessons"
    # The name keeps its language, since both languages use the same slugs.
    return {
        f"{path.parent.name}-{path.name}": path.read_bytes()
        for path in sorted(folder.glob("*/*.md"))
    }


async def load_sample(database: Database, indexing: Indexing, clock: Callable[[], datetime]) -> int:
    """Loads what isn't there yet; returns how many rows of behaviour were added.

    Items and users are overwritten by id and the behaviour goes in as one transaction, so a load
    that was killed is simply done again.
    """
    await indexing.add(lesson_files())
    now = clock()
    async with database.read() as session:
        there = await signals.count(session, Signal.source == SOURCE)
    if there:
        return 0
    content = (files("sample") / "items.yaml").read_bytes()
    rows = catalogue_file.read("items.yaml", content, now)
    behaviour = generate(load_items(), now=now)
    async with database.write() as session:
        await items.save(session, rows)
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
