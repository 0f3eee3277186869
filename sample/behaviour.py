"""A seeded generator of behaviour on the sample catalogue, for demos, tests and training.

Every user has latent interests over topics and comes in sessions; a session has one topic, drawn
from the interests and the season, and runs down a funnel:

    asked -> citation_opened -> viewed -> dismissed | liked -> shared
                      |-> purchased -> enrolled -> progressed ... -> completed  (or refunded)
                      |-> booked -> attended                                   (or cancelled)
                      |-> quiz_answered, draw_entered

| part | drawn from |
|---|---|
| archetype | two of the seven in `people.ARCHETYPES` by share, mixed 70-95 % to 30-5 % |
| interests | Dirichlet around that mix, concentration 30 |
| car | `owns` with the first archetype's probability, else `plans` |
| city, language | fixed shares (`people.CITIES`); 15 % English |
| brand | a favourite for 25 % (brand fans: all); its items weigh 4 times as much |
| sessions of a user | 1 + lognormal(1.8, 0.9), at most 150, fewer for those who joined late |
| joining | 40 % before the window, the others uniformly within it |
| time of a session | hour of day (`HOURS`) x weekend 1.5 x growth 0.6 to 1.4 (UTC+8) |
| topic of a session | interests x season (cold months: winter x3, battery and tyres x1.5) |
| item seen | popularity lognormal(0, 0.8) x affinity x brand x city (3, elsewhere 0.1) x topic 5 |
| question, rating, citation | 0.65; then 0.15, 0.45 |
| like, dismissal, share | 0.08 + 0.25 a; 0.2 (1 - a), a = affinity in 0..1; 0.08 of the likes |
| purchase, booking, play | `TAKE[type]` x a^1.5 x eagerness, falling with price; elsewhere 0.2 |
| progress | 2 to 6 sittings, 2 days apart on average, to the end with 0.3 + 0.4 a |
| refund, cancellation | 0.03; 0.12 |
| attendance | 0.85 of kept bookings of past events |

Held always: nobody has an item twice unless it was refunded or cancelled before; an event is seen
from 60 days before to two hours before it starts; bookings never pass the capacity, and stop at
half of it for events still to come, so that seats are left to book; a seat given back is not sold
again. The verbs of campaigns (`invited`, `invite_opened`, `opted_out`) are not generated: they
belong to real sends.
"""

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from sample.catalogue import DAY, LOCAL, Catalogue, Item, load_items, starts_at
from sample.people import TOPICS, Floats, People, SampleUser, draw_people

__all__ = ["Behaviour", "SampleSignal", "SampleUser", "generate", "load_items", "starts_at"]

WINDOW = timedelta(days=180)
HOUR = 3600.0
# (second since the window's start, user index, verb, object, value)
Row: TypeAlias = tuple[float, int, str, str, float]

# Relative weight of each local hour: low at night, a bump at lunch, a peak in the evening.
HOURS = np.array([3, 1, 1, 1, 1, 2, 4, 8, 10, 9, 9, 10, 14, 11, 8, 8, 9, 11, 14, 20, 24, 22, 15, 7])
# Chance that a wholly fitting user takes a viewed item.
TAKE = {"course": 0.45, "book": 0.35, "audio": 0.35, "live": 0.35}
TAKE |= {"salon": 0.45, "test_drive": 0.5, "game": 0.4, "draw": 0.6}


@dataclass(frozen=True, slots=True)
class SampleSignal:
    """One fact of behaviour; `occurred_at` is UTC.

    `object` is an item's id (`object_type` "item"; a citation names the course that it comes
    from) or a topic ("topic", for `asked` and `answer_rated`). `value` is the fraction done for
    `progressed`, Stars for `purchased` and `refunded`, +1 or -1 for `answer_rated`, 1 or 0 (right
    or wrong) for `quiz_answered`, and 1 otherwise.
    """

    user: int
    verb: str
    object_type: Literal["item", "topic"]
    object: str
    value: float
    occurred_at: datetime
    source: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Users by id, and their signals in order of time."""

    users: list[SampleUser]
    signals: list[SampleSignal]


def generate(
    items: Sequence[Item], users: int = 2000, seed: int = 7, now: datetime | None = None
) -> Behaviour:
    """Behaviour of `users` invented users on `items` over the 180 days before `now`.

    The same arguments give the same result, to the byte; without `now` the window ends at the
    present second. Raises ValueError for no users, no items, an unknown topic or a naive `now`.
    """
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    if users < 1 or not items:
        raise ValueError("behaviour needs at least one user and one item")
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware, for instance datetime.now(UTC)")
    rng = np.random.default_rng(seed)
    start = now.astimezone(UTC) - WINDOW
    catalogue = Catalogue.of(items, start, now, rng)
    people = draw_people(rng, users, catalogue.brands)
    simulation = _Simulation(rng, catalogue, people, _weights(catalogue, people))
    for when, user, topic in _draw_sessions(rng, people, _Calendar.of(start)):
        simulation.session(when, user, topic)
    return Behaviour(people.users, _signals(simulation.log, people.users, start, seed))


def _weights(catalogue: Catalogue, people: People) -> tuple[Floats, Floats]:
    """Users x items: affinity in 0..1, and the weight with which an item is come upon."""
    affinity = 1 - np.exp(-3.5 * people.interests @ catalogue.topics.T)
    brand = np.where(people.brand[:, None] == catalogue.brand, 4.0, 1.0)
    local = np.array([1.0 if city is None else 3.0 for city in catalogue.cities])
    near = np.array([[c is None or c == home for c in catalogue.cities] for home in people.city])
    weight = catalogue.popularity * (0.05 + affinity**2) * brand * np.where(near, local, 0.1)
    return affinity, weight


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Hours of the window: the cumulative weight of each, and its season's weights of topics."""

    cumulative: Floats
    season: Floats  # hours x topics

    @classmethod
    def of(cls, start: datetime) -> "_Calendar":
        first = np.datetime64(start.astimezone(LOCAL).replace(tzinfo=None), "h")
        hours = first + np.arange(int(WINDOW / timedelta(hours=1)))
        days = hours.astype("M8[D]").astype(np.int64)
        weekend = np.where((days + 3) % 7 >= 5, 1.5, 1.0)  # 1 January 1970 was a Thursday
        growth = np.linspace(0.6, 1.4, len(hours))
        weight = HOURS[hours.astype(np.int64) % 24] * weekend * growth
        cold = np.isin(hours.astype("M8[M]").astype(np.int64) % 12, (10, 11, 0, 1))
        season = np.ones((len(hours), len(TOPICS)))
        season[:, TOPICS.index("winter")] = np.where(cold, 3.0, 0.4)
        for topic in ("battery", "tyres"):
            season[:, TOPICS.index(topic)] = np.where(cold, 1.5, 1.0)
        return cls(np.concatenate([[0.0], np.cumsum(weight)]), season)


def _draw_sessions(
    rng: np.random.Generator, people: People, calendar: _Calendar
) -> list[tuple[float, int, int]]:
    """(second, user index, topic index) of every session, in order of time."""
    count, hours = len(people.users), len(calendar.cumulative) - 1
    joined = np.where(rng.random(count) < 0.4, 0, rng.integers(0, hours, count))
    keenness = rng.lognormal(1.8, 0.9, count) * np.sqrt(1 - joined / hours)
    user = np.repeat(np.arange(count), np.minimum(1 + keenness.astype(np.int64), 150))
    low = calendar.cumulative[joined[user]]
    target = low + rng.random(len(user)) * (calendar.cumulative[-1] - low)
    hour = np.searchsorted(calendar.cumulative, target, side="right") - 1
    hour = np.minimum(hour, hours - 1)
    second = hour * HOUR + rng.integers(0, 3600, len(user))
    cumulative = np.cumsum(people.interests[user] * calendar.season[hour], axis=1)
    draw = rng.random(len(user)) * cumulative[:, -1]
    topic = np.minimum((cumulative < draw[:, None]).sum(axis=1), len(TOPICS) - 1)
    order = np.argsort(second, kind="stable")
    return list(
        zip(second[order].tolist(), user[order].tolist(), topic[order].tolist(), strict=True)
    )


@dataclass(slots=True)
class _Simulation:
    """Plays sessions in order of time; `weights` as of `_weights`."""

    rng: np.random.Generator
    items: Catalogue
    people: People
    weights: tuple[Floats, Floats]
    log: list[Row] = field(default_factory=list)
    taken_until: dict[tuple[int, int], float] = field(default_factory=dict)
    opinion: set[tuple[int, int]] = field(default_factory=set)
    dismissed: set[tuple[int, int]] = field(default_factory=set)
    booked: Counter[int] = field(default_factory=Counter)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def emit(self, when: float, user: int, verb: str, thing: int, value: float = 1.0) -> None:
        self.log.append((when, user, verb, self.items.ids[thing], value))

    def session(self, when: float, user: int, topic: int) -> None:
        """A question on the topic, perhaps a citation opened, then some items seen."""
        cited = -1
        if self.chance(0.65):
            self.log.append((when, user, "asked", TOPICS[topic], 1.0))
            when += self.rng.uniform(10, 90)
            if self.chance(0.15):
                verdict = 1.0 if self.chance(0.8) else -1.0
                self.log.append((when, user, "answer_rated", TOPICS[topic], verdict))
            courses = self.items.courses[topic]
            if courses and self.chance(0.45):
                cited = courses[int(self.rng.integers(len(courses)))]
                when += self.rng.uniform(5, 60)
                self.emit(when, user, "citation_opened", cited)
        seen = self.come_upon(when, user, topic)
        if cited >= 0 and self.chance(0.5):
            seen = [cited, *(i for i in seen if i != cited)]
        for item in seen:
            when += self.rng.uniform(20, 240)
            if (user, item) not in self.dismissed:
                self.emit(when, user, "viewed", item)
                self.react(when + self.rng.uniform(5, 120), user, item)

    def come_upon(self, when: float, user: int, topic: int) -> list[int]:
        """Up to five different items that are open for at least two hours more."""
        items = self.items
        is_open = (items.opens <= when) & (when < items.starts - 2 * HOUR)
        weight = self.weights[1][user] * (1 + 4 * items.topics[:, topic]) * is_open
        cumulative = np.cumsum(weight)
        if cumulative[-1] == 0:
            return []
        draws = self.rng.random(min(int(self.rng.poisson(1.1)), 5)) * cumulative[-1]
        return list(dict.fromkeys(np.searchsorted(cumulative, draws, side="right").tolist()))

    def react(self, when: float, user: int, item: int) -> None:
        """Dismissed, or liked and taken according to the affinity and the price."""
        affinity = float(self.weights[0][user, item])
        if (user, item) not in self.opinion:
            draw = self.rng.random()
            if draw < 0.2 * (1 - affinity):
                self.opinion.add((user, item))
                self.dismissed.add((user, item))
                return self.emit(when, user, "dismissed", item)
            if draw > 1 - 0.08 - 0.25 * affinity:
                self.opinion.add((user, item))
                self.emit(when, user, "liked", item)
                if self.chance(0.08):
                    self.emit(when + 20, user, "shared", item)
        kind = self.items.types[item]
        price = max(0.4, 1.2 - float(self.items.price[item]) / 450)
        away = 1.0 if self.items.cities[item] in (None, self.people.city[user]) else 0.2
        take = TAKE[kind] * affinity**1.5 * price * away * float(self.people.eagerness[user])
        if when <= self.taken_until.get((user, item), -math.inf) or not self.chance(take):
            return None
        when += self.rng.uniform(10, 300)
        if kind == "game":
            for _ in range(int(self.rng.integers(3, 6))):
                when += self.rng.uniform(5, 30)
                self.emit(when, user, "quiz_answered", item, float(self.chance(0.65)))
        elif kind == "draw":
            self.taken_until[user, item] = math.inf
            self.emit(when, user, "draw_entered", item)
        elif kind in ("course", "book", "audio"):
            self.buy(when, user, item, affinity)
        elif self.booked[item] < self.items.seats[item]:
            self.reserve(when, user, item)
        return None

    def buy(self, when: float, user: int, item: int, affinity: float) -> None:
        """A digital good: paid, then refunded within three days or used."""
        price = float(self.items.price[item])
        self.taken_until[user, item] = math.inf
        self.emit(when, user, "purchased", item, price)
        if self.items.types[item] == "course":
            self.emit(when + 1, user, "enrolled", item)
        if self.chance(0.03):
            back = when + self.rng.uniform(HOUR, 3 * DAY)
            self.taken_until[user, item] = back
            self.emit(back, user, "refunded", item, price)
        else:
            self.learn(when, user, item, affinity)

    def learn(self, when: float, user: int, item: int, affinity: float) -> None:
        """Sittings whose fractions rise, to 1 and `completed` or to where the user stops."""
        end = 1.0 if self.chance(0.3 + 0.4 * affinity) else float(self.rng.uniform(0.05, 0.9))
        sittings = int(self.rng.integers(2, 7))
        for step in range(1, sittings + 1):
            when += self.rng.exponential(2 * DAY) + 600
            self.emit(when, user, "progressed", item, round(end * step / sittings, 2))
        if end == 1.0:
            self.emit(when + 1, user, "completed", item)
            if self.chance(0.05):
                self.emit(when + 60, user, "shared", item)

    def reserve(self, when: float, user: int, item: int) -> None:
        """A seat, paid for where the event costs Stars; given back before the start, or used."""
        start, price = float(self.items.starts[item]), float(self.items.price[item])
        self.booked[item] += 1
        self.taken_until[user, item] = math.inf
        if price:
            self.emit(when, user, "purchased", item, price)
        self.emit(when + 1, user, "booked", item)
        if self.chance(0.12):
            back = self.rng.uniform(when + 60, start - 60)
            self.taken_until[user, item] = back + 1
            self.emit(back, user, "cancelled", item)
            if price:
                self.emit(back + 1, user, "refunded", item, price)
        elif self.chance(0.85):
            self.emit(start + self.rng.uniform(0, 900), user, "attended", item)


def _signals(
    log: list[Row],
    users: list[SampleUser],
    start: datetime,
    seed: int,
) -> list[SampleSignal]:
    """The log in order of time, cut at the window's end; keys number each user's signals."""
    number: defaultdict[int, int] = defaultdict(int)
    signals = []
    for when, user, verb, thing, value in sorted(log, key=lambda row: row[0]):
        if when >= WINDOW.total_seconds():
            break
        number[user] += 1
        signals.append(
            SampleSignal(
                user=users[user].id,
                verb=verb,
                object_type="topic" if verb in ("asked", "answer_rated") else "item",
                object=thing,
                value=value,
                occurred_at=start + timedelta(seconds=when),
                source="sample",
                idempotency_key=f"sample-{seed}-{users[user].id}-{number[user]}",
            )
        )
    return signals


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the signals as JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m sample.behaviour", description=main.__doc__)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--now", type=datetime.fromisoformat, help="the window's end, with zone")
    parser.add_argument("--items", type=Path, help="a catalogue in YAML instead of the sample's")
    parser.add_argument("--out", default="-", help="a file, or - for standard output")
    options = parser.parse_args(arguments)
    try:
        made = generate(load_items(options.items), options.users, options.seed, options.now)
    except ValueError as error:
        parser.error(str(error))
    to_file = options.out != "-"
    with (
        Path(options.out).open("w", encoding="utf-8") if to_file else nullcontext(sys.stdout) as out
    ):
        for signal in made.signals:
            row = asdict(signal) | {"occurred_at": signal.occurred_at.isoformat()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
