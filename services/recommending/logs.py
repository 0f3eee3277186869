"""Signals as the database has them, made a log of the things that models know."""

import asyncio
from collections.abc import Callable

import numpy as np

from recsys.log import Log
from storage.database import Database
from storage.models import VERBS
from storage.repositories import items, signal_columns
from storage.repositories.signal_columns import Columns

ThingOf = Callable[[str, str, str], str | None]
"""By a signal's verb, object type and object: the thing that it is on, if any."""


async def agreed_log(
    database: Database, item_of: Callable[[str, str], str | None]
) -> tuple[Log, list[str]]:
    """All signals of people who agreed, oldest first, and the ids of all items."""
    async with database.read() as session:
        catalogue = list(await items.ids(session))
        columns = await signal_columns.read(session)
        agreed = await signal_columns.agreed(session)
    log = await asyncio.to_thread(log_of, columns, lambda _, *on: item_of(*on), agreed)
    return log, catalogue


def log_of(columns: Columns, thing_of: ThingOf, agreed: np.ndarray | None = None) -> Log:
    """The signals on things, oldest first; only of the users int64 [n], sorted, if these are given.

    Verbs and objects are asked for once each, not once a signal.
    """
    names: dict[str, int] = {}
    places = np.full((len(VERBS), len(columns.things)), -1, dtype=np.int32)
    for number, verb in enumerate(VERBS):
        for column, (kind, object_id) in enumerate(columns.things):
            if (thing := thing_of(verb, kind, object_id)) is not None:
                places[number, column] = names.setdefault(thing, len(names))
    item = places[columns.verb, columns.thing]
    known = item >= 0
    if agreed is not None and len(agreed):
        at = np.minimum(np.searchsorted(agreed, columns.user), len(agreed) - 1)
        known &= agreed[at] == columns.user
    elif agreed is not None:
        known[:] = False
    kept = slice(None) if known.all() else known
    users, user = np.unique(columns.user[kept], return_inverse=True)
    return Log(
        users=users,
        items=tuple(names),
        verbs=VERBS,
        user=user.astype(np.int32),
        item=item[kept],
        verb=columns.verb[kept],
        value=columns.value[kept],
        unit=columns.unit[kept],
        time=columns.time[kept],
    )
