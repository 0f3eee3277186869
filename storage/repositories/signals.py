"""Signals: appended once each, read in order of time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Deletions, Platform, Signal, User, Voided
from storage.repositories.upserts import insert_new, upsert

Act = tuple[str, str, str, float | None, datetime, str | None]
"""(verb, object type, object, value, time, unit)"""

# So many of a user's signals are looked at.
NEWEST = 2000


async def record(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> int:
    """Appends signals; a repeated idempotency key is dropped. Returns how many were new."""
    return await insert_new(session, Signal, rows)


async def void(session: AsyncSession, keys: Sequence[str]) -> int:
    """Takes back the signals with these keys, also those that are yet to come. Returns how many
    were there."""
    await insert_new(session, Voided, [{"idempotency_key": key} for key in dict.fromkeys(keys)])
    taken = delete(Signal).where(Signal.idempotency_key.in_(keys)).returning(Signal.id)
    return len((await session.scalars(taken)).all())


async def voided(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Those of these keys whose signals were taken back."""
    query = select(Voided.idempotency_key).where(Voided.idempotency_key.in_(keys))
    return set(await session.scalars(query))


async def platform(session: AsyncSession) -> str | None:
    """The learning platform whose accounts are named by our users' ids."""
    return await session.scalar(select(Platform.address))


async def set_platform(session: AsyncSession, address: str) -> None:
    await upsert(session, Platform, [{"id": 1, "address": address}])


async def whole(session: AsyncSession) -> AsyncIterator[Signal]:
    """Every signal with all its columns, oldest first, fetched in batches."""
    query = select(Signal).order_by(Signal.occurred_at, Signal.id).execution_options(yield_per=1000)
    async for signal in await session.stream_scalars(query):
        yield signal


async def newest(session: AsyncSession) -> datetime | None:
    """When the newest signal occurred."""
    return await session.scalar(select(func.max(Signal.occurred_at)))


def of_consenting_users() -> ColumnElement[bool]:
    """What a model may be trained on."""
    return Signal.user_id.in_(select(User.id).where(User.personalisation.is_(True)))


async def of_user(
    session: AsyncSession, user_id: int, *where: ColumnElement[bool], limit: int = NEWEST
) -> Sequence[Signal]:
    """The user's newest signals, newest first."""
    query = (
        select(Signal)
        .where(Signal.user_id == user_id, *where)
        .order_by(Signal.occurred_at.desc(), Signal.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


# Statements of each list and answer are made once, of columns: that costs a fifth.
_SIGNALS = Signal.__table__.c
_NEWEST = (
    select(_SIGNALS.id)
    .where(_SIGNALS.user_id == bindparam("user"))
    .order_by(_SIGNALS.occurred_at.desc(), _SIGNALS.id.desc())
    .limit(NEWEST)
)


def _acts_of(newest: Select[tuple[int]]) -> Select[Any]:
    among = newest.subquery()
    columns = ("id", "verb", "object_type", "object_id", "value", "occurred_at", "unit")
    return select(*(_SIGNALS[name] for name in columns)).where(
        _SIGNALS.id.in_(select(among.c.id).where(among.c.id > bindparam("since")))
    )


_ACTS = _acts_of(_NEWEST)
_EARLIER_ACTS = _acts_of(_NEWEST.where(_SIGNALS.occurred_at < bindparam("before")))


async def acts(
    session: AsyncSession, user_id: int, *, since: int = 0, before: datetime | None = None
) -> Sequence[tuple[int, Act]]:
    """Those of the user's newest signals that have a higher id than `since`, with their ids, in any
    order; of the newest before a time, if one is given."""
    values = {"user": user_id, "since": since}
    query = _ACTS if before is None else _EARLIER_ACTS
    found = await session.execute(query, values if before is None else values | {"before": before})
    return [(id_, (verb, *act)) for id_, verb, *act in found.all()]


async def taken_back(session: AsyncSession) -> int:
    """Grows whenever signals are deleted or changed, on SQLite. As long as it doesn't, all that is
    new of a user has higher ids."""
    return await session.scalar(_TAKEN_BACK) or 0


_TAKEN_BACK = select(Deletions.__table__.c.signals)


async def latest(
    session: AsyncSession, user_id: int, verbs: Sequence[str]
) -> Sequence[tuple[str, str, str, datetime]]:
    """(verb, object type, object, time) of the user's last such act on each thing, however much
    they did since."""
    found = await session.execute(_LATEST, {"user": user_id, "verbs": verbs})
    return [(verb, kind, thing, time) for verb, kind, thing, time in found.all()]


_ON = (_SIGNALS.verb, _SIGNALS.object_type, _SIGNALS.object_id)
_LATEST = (
    select(*_ON, func.max(_SIGNALS.occurred_at))
    .where(
        _SIGNALS.user_id == bindparam("user"),
        _SIGNALS.verb.in_(bindparam("verbs", expanding=True)),
    )
    .group_by(*_ON)
)


async def takers(
    session: AsyncSession, verbs: Sequence[str], limit: int = 50_000, among: int = 200_000
) -> Mapping[str, int]:
    """How many people who agreed took each item up, in the last `limit` such acts `among` the last
    signals."""
    oldest = select(func.max(Signal.id) - among).scalar_subquery()
    last = (
        select(Signal.user_id, Signal.object_id)
        .where(Signal.id > oldest)
        .where(Signal.verb.in_(verbs), Signal.object_type == "item", of_consenting_users())
        .order_by(Signal.id.desc())
        .limit(limit)
        .subquery()
    )
    query = select(last.c.object_id, func.count(last.c.user_id.distinct())).group_by(
        last.c.object_id
    )
    return {item: number for item, number in (await session.execute(query)).all()}


async def count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Signal).where(*where)) or 0


async def bought_elsewhere(session: AsyncSession, since: datetime) -> int:
    """How often something was bought on other platforms."""
    return await count(
        session,
        Signal.verb == "purchased",
        Signal.source != "bot",
        Signal.occurred_at >= since,
    )


async def counts_by_verb(session: AsyncSession, since: datetime) -> Mapping[str, int]:
    query = (
        select(Signal.verb, func.count())
        .where(Signal.occurred_at >= since)
        .group_by(Signal.verb)
        .order_by(Signal.verb)
    )
    return {verb: number for verb, number in (await session.execute(query)).all()}
