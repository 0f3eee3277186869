"""What a member of staff was asked to type next; it outlives a restart of the bot."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.people import Person
from storage.repositories import drafts

# What is typed later than this is no answer any more.
WITHIN = timedelta(hours=1)


async def ask(person: Person, what: str, **about: Any) -> None:
    """Notes the question; the last one alone holds."""
    async with person.database.write() as session:
        await drafts.ask(session, person.id, {"what": what, **about}, person.now)


async def asked(person: Person) -> Mapping[str, Any] | None:
    async with person.database.read() as session:
        found = await drafts.asked(session, person.id)
    if found is None or person.now - found.asked_at > WITHIN:
        return None
    return found.asked


async def close(person: Person) -> None:
    """The question was answered, or isn't asked any more."""
    if await asked(person) is not None:
        async with person.database.write() as session:
            await drafts.answered(session, person.id)
