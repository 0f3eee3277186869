"""The model of responses over what the database has: fitted on past invites, and asked for a
million people at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from campaigns.audience import Explaining, Likelihood, Reason
from campaigns.response import PRIOR_RATE, Report, ResponseModel, fit
from campaigns.response_features import Moment, Responded, Then, Things, names, with_segments
from recsys.log import Log, instant, moment
from services.clock import Clock
from services.recommending.logs import agreed_log
from services.recommending.placing import Placing
from services.recommending.serving import TAKING, Recommendations
from storage.database import Database
from storage.models import VERBS
from storage.repositories import responses
from storage.repositories.responses import Invites

RESPONSES = ("invite_opened", *TAKING)
# What the model learns from: the newest campaigns, so many invites of each, and where there are
# more signals than this, those of the invited and of some others.
MOST_CAMPAIGNS, MOST_INVITES, MOST_SIGNALS = 40, 20_000, 1_000_000
SEED = 7
# What happened since is taken in after so long.
HOLDS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Known:
    """All that features are made of, as of a time; `row`: where an item stands in `then.things`."""

    at: datetime
    then: Then
    row: dict[str, int]
    invites: Invites
    past: Responded
    segments: tuple[int, ...]
    model: ResponseModel


class Responses:
    def __init__(
        self, database: Database, recommendations: Recommendations, placing: Placing, clock: Clock
    ) -> None:
        self.database = database
        self.recommendations = recommendations
        self.placing = placing
        self.clock = clock
        self._working = asyncio.Lock()
        self._known: Known | None = None

    async def known(self, item_ids: Sequence[str] = ()) -> Known:
        """The model with what it is asked with, at most `HOLDS` old; made anew where it is asked
        of items that have come into the catalogue since."""
        now = self.clock()
        async with self._working:
            known = self._known
            if known is None or now - known.at > HOLDS or not known.row.keys() >= set(item_ids):
                self._known = known = await self._learned(now)
            return known

    async def report(self) -> Report:
        return (await self.known()).model.report

    async def chances(
        self, user_ids: np.ndarray, item_ids: Sequence[str], at: datetime
    ) -> np.ndarray:
        """The probability that each of some people, who agreed to personalisation, responds to an
        invite to each item at a time, float32 [n, m]."""
        known = await self.known(item_ids)
        segments = await self.placing.of(user_ids)

        def told() -> np.ndarray:
            now = _moment(known, user_ids, segments, at)
            found = np.empty((len(user_ids), len(item_ids)), dtype=np.float32)
            for column, item in enumerate(item_ids):
                rows = _rows(known, now, item, segments)
                found[:, column] = known.model.probabilities(rows)
            return found

        return await asyncio.to_thread(told)

    def likelihood(self, item_id: str) -> Likelihood:
        """For the likeliest of an audience of an invite to an item, now."""

        async def likelihood(user_ids: np.ndarray) -> np.ndarray:
            found = await self.chances(user_ids, [item_id], self.clock())
            return np.asarray(found[:, 0])

        return likelihood

    def explaining(self, item_id: str) -> Explaining:
        """Why people are likely to respond to an invite to an item, now."""

        async def explaining(
            user_ids: np.ndarray,
        ) -> tuple[np.ndarray, float, Sequence[Sequence[Reason]]]:
            known = await self.known([item_id])
            segments = await self.placing.of(user_ids)

            def told() -> tuple[np.ndarray, float, Sequence[Sequence[Reason]]]:
                now = _moment(known, user_ids, segments, self.clock())
                rows = _rows(known, now, item_id, segments)
                reasons = [
                    [Reason(code, weight) for code, weight in own]
                    for own in known.model.reasons(rows)
                ]
                return known.model.probabilities(rows), known.model.report.base_rate, reasons

            return await asyncio.to_thread(told)

        return explaining

    async def _learned(self, now: datetime) -> Known:
        log, catalogue = await agreed_log(self.database, self.recommendations.item_of)
        assortment = await self.recommendations.followed()
        vectors = await self.recommendations.vectors()
        async with self.database.read() as session:
            invites = await responses.past(session, now, MOST_CAMPAIGNS)

        def made() -> Known:
            ids = tuple(item for item in catalogue if item in assortment.row)
            rows = [assortment.row[item] for item in ids]
            things = Things(ids, assortment.types[rows], vectors[rows])
            row = {item: number for number, item in enumerate(ids)}
            over = log.over(ids)
            past = responded(over, invites)
            segments, model = _fitted(over, things, row, invites, past, now)
            return Known(now, Then(over, things, now), row, invites, past, segments, model)

        return await asyncio.to_thread(made)


def responded(log: Log, invites: Invites) -> Responded:
    """Which of past invites were followed by a response, in their window, on the same item."""
    verbs = np.isin(log.verb, [VERBS.index(verb) for verb in RESPONSES if verb in log.verbs])
    row = {item: number for number, item in enumerate(log.items)}
    place = np.array([row.get(item, -1) for item in invites.items], dtype=np.int64)
    user = np.searchsorted(log.users, invites.user)
    there = user < len(log.users)
    there[there] = log.users[user[there]] == invites.user[there]
    width = len(log.items)
    wanted = np.where(there, user, 0) * width + place[invites.item]
    wanted[~there | (place[invites.item] < 0)] = -1
    own = log.user[verbs].astype(np.int64) * width + log.item[verbs]
    keys, key = np.unique(own, return_inverse=True)
    # One number of both, in the order of the pair and then of the time.
    start = np.datetime64("2000-01-01", "us")
    second = np.timedelta64(1, "s")
    act = np.sort(key.astype(np.int64) << 34 | ((log.time[verbs] - start) // second).astype("i8"))
    yes = np.zeros(len(invites), dtype=bool)
    if len(keys):
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        acted = keys[at] == wanted
        sent = ((invites.at - start) // second).astype(np.int64)
        until = ((invites.at + invites.window - start) // second).astype(np.int64)
        first = np.searchsorted(act, at.astype(np.int64) << 34 | sent, side="left")
        last = np.searchsorted(act, at.astype(np.int64) << 34 | until, side="right")
        yes = acted & (last > first)
    return Responded(invites.user, invites.at, invites.at + invites.window, yes)


def _fitted(
    log: Log,
    things: Things,
    row: dict[str, int],
    invites: Invites,
    past: Responded,
    now: datetime,
) -> tuple[tuple[int, ...], ResponseModel]:
    """The segments that the model tells apart, and the model, by those invites whose window is
    over."""
    over = past.done <= moment(now)
    base = float(past.yes[over].mean()) if over.any() else PRIOR_RATE
    segments = tuple(one for one in np.unique(invites.segment[over]).tolist() if one)
    chance = np.random.default_rng(SEED)
    parts: list[np.ndarray] = []
    for campaign in np.unique(invites.campaign[over]).tolist():
        own = np.flatnonzero(over & (invites.campaign == campaign))
        if invites.items[invites.item[own[0]]] in row:
            parts.append(np.sort(chance.permutation(own)[:MOST_INVITES]))
    taught = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    log = _fewer(log, invites.user[taught], chance)
    rows, times = [], []
    for own in parts:
        at = invites.at[own].min()
        when = instant(at)
        people = invites.user[own], invites.segment[own]
        then = Moment(Then(log, things, when), *people, past, when, base_rate=base)
        item = row[invites.items[invites.item[own[0]]]]
        rows.append(with_segments(then.of(item), invites.segment[own], segments))
        times.append(np.full(len(own), at))
    named = names(segments)
    features = np.concatenate([np.zeros((0, len(named)), np.float32), *rows])
    at_all = np.concatenate([np.zeros(0, "M8[us]"), *times])
    return segments, fit(named, features, past.yes[taught], at_all)


def _fewer(log: Log, invited: np.ndarray, chance: np.random.Generator) -> Log:
    """Some people's signals, if there are too many: of those who were invited, and of others."""
    if len(log) <= MOST_SIGNALS:
        return log
    wanted = np.isin(log.users, invited)
    wanted |= chance.random(len(log.users)) < MOST_SIGNALS / len(log)
    return log[wanted[log.user]]


def _moment(
    known: Known, user_ids: np.ndarray, segments: np.ndarray, at: datetime
) -> Moment | None:
    """None where the model needs to know nothing."""
    if known.model.weights is None:
        return None
    base = known.model.report.base_rate
    return Moment(known.then, user_ids, segments, known.past, at, base_rate=base)


def _rows(known: Known, now: Moment | None, item: str, segments: np.ndarray) -> np.ndarray:
    """Features float32 [n, f]. Raises ValueError for an item that isn't in the catalogue."""
    if item not in known.row:
        raise ValueError(f"There is no item {item!r} in the catalogue.")
    if now is None:
        return np.zeros((len(segments), len(known.model.names)), dtype=np.float32)
    return with_segments(now.of(known.row[item]), segments, known.segments)
