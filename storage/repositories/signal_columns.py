"""Signals as columns: all of them fit in memory, which objects of as many don't."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Select, String, cast, extract, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import UNITS, VERBS, Signal, User

CHUNK = 20_000
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Signals [n], oldest first. `user` int64; `thing` int32 is a place in `things` (object type,
    object), `verb` int8 one in VERBS and `unit` int8 one in (None, *UNITS); `value` float64, NaN
    for none; `time` datetime64[us] in UTC."""

    things: list[tuple[str, str]]
    user: np.ndarray
    thing: np.ndarray
    verb: np.ndarray
    value: np.ndarray
    unit: np.ndarray
    time: np.ndarray


async def read(session: AsyncSession, *where: ColumnElement[bool]) -> Columns:
    """The signals that a condition holds for, or all."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    time = (
        type_coerce(Signal.occurred_at, String)
        if on_sqlite
        else cast(extract("epoch", Signal.occurred_at) * 1_000_000, BigInteger)
    )
    query = (
        select(
            Signal.user_id,
            Signal.object_type,
            Signal.object_id,
            Signal.verb,
            Signal.value,
            Signal.unit,
            time,
        )
        .where(*where)
        # The order that rows lie in: that of time is nearly the same, and made below.
        .order_by(Signal.id)
    )
    coding = _Coding()
    chunks = [
        await asyncio.to_thread(coding.arrays, rows) async for rows in driver_rows(session, query)
    ]
    return await asyncio.to_thread(coding.joined, chunks)


async def agreed(session: AsyncSession, among: Sequence[int] | None = None) -> np.ndarray:
    """Ids int64 of those, of all or of some people, whose signals a model may be trained on,
    sorted."""
    query = select(User.id).where(User.personalisation.is_(True))
    if among is not None:
        query = query.where(User.id.in_(among))
    ids = [[row[0] for row in rows] async for rows in driver_rows(session, query)]
    return np.sort(np.fromiter(chain.from_iterable(ids), dtype=np.int64))


async def driver_rows(
    session: AsyncSession, query: Select[*tuple[Any, ...]]
) -> AsyncIterator[Rows]:
    """Rows as the driver gives them: SQLAlchemy's own objects take three times as long."""
    connection = await session.connection()
    sql = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if connection.dialect.name == "sqlite":
        cursor = await driver.execute(str(sql))
        try:
            while rows := await cursor.fetchmany(CHUNK):
                yield rows
        finally:
            await cursor.close()
    else:
        async with driver.transaction():
            cursor = await driver.cursor(str(sql))
            while rows := await cursor.fetch(CHUNK):
                yield rows


class _Coding:
    """Puts numbers in place of words, the same in all chunks."""

    def __init__(self) -> None:
        self.things: defaultdict[tuple[str, str], int] = defaultdict()
        self.things.default_factory = self.things.__len__
        self.verbs = {verb: number for number, verb in enumerate(VERBS)}
        self.units = {unit: number for number, unit in enumerate((None, *UNITS))}

    def arrays(self, rows: Rows) -> list[np.ndarray]:
        user, kind, thing, verb, value, unit, time = zip(*rows, strict=True)
        things = map(self.things.__getitem__, zip(kind, thing, strict=True))
        return [
            np.array(user, dtype=np.int64),
            np.fromiter(things, dtype=np.int32, count=len(rows)),
            np.fromiter(map(self.verbs.__getitem__, verb), dtype=np.int8, count=len(rows)),
            np.array(value, dtype=np.float64),
            np.fromiter(map(self.units.__getitem__, unit), dtype=np.int8, count=len(rows)),
            np.array(time, dtype="datetime64[us]"),
        ]

    def joined(self, chunks: list[list[np.ndarray]]) -> Columns:
        """Oldest first; of one time, as they were noted."""
        empty = [np.zeros(0, dtype=one) for one in ("i8", "i4", "i1", "f8", "i1", "M8[us]")]
        columns: list[np.ndarray] = []
        for number, none in enumerate(empty):
            columns.append(np.concatenate([none, *(chunk[number] for chunk in chunks)]))
            for chunk in chunks:
                chunk[number] = none  # no column is there twice
        times = columns[-1]
        if (times[1:] < times[:-1]).any():
            order = np.argsort(times, kind="stable")
            for number, column in enumerate(columns):
                columns[number] = column[order]
        return Columns(list(self.things), *columns)
