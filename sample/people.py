"""Invented users: archetypes of interest, cities, names, and how a user is drawn from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

FIRST_USER_ID = 10_000_001

TOPICS = (
    *("buying", "insurance", "ev", "hybrid", "battery", "charging", "maintenance", "tyres"),
    *("brakes", "transmission", "winter", "used_car", "warning_lights", "adas", "warranty"),
    "driving",
)
CITIES = {"上海": 0.22, "北京": 0.2, "深圳": 0.17, "广州": 0.15, "成都": 0.14, "杭州": 0.12}
NAMES = {
    "zh": ("晓雨", "子涵", "静怡", "建国", "佳宁", "浩然", "梓萱", "志强", "思远", "雅婷", "晨曦"),
    "en": (
        "Alex",
        "Maria",
        "Sam",
        "Priya",
        "Jonas",
        "Emma",
        "Omar",
        "Lucy",
        "Ivan",
        "Grace",
        "Mei",
    ),
}


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of user: its share of all users, chance to own a car, and weight of each topic."""

    name: str
    share: float
    owns: float
    topics: Mapping[str, float]


ARCHETYPES = tuple(
    Archetype(*row)
    for row in (
        ("buyer", 0.2, 0.05, {"buying": 6, "insurance": 3, "hybrid": 2, "warranty": 1}),
        ("EV curious", 0.16, 0.45, {"ev": 5, "battery": 3, "charging": 3, "buying": 2}),
        ("EV owner", 0.16, 1, {"charging": 5, "battery": 4, "winter": 2, "adas": 2, "ev": 2}),
        ("maintainer", 0.14, 1, {"maintenance": 5, "brakes": 3, "tyres": 3, "transmission": 3}),
        ("used-car hunter", 0.14, 0.35, {"used_car": 6, "warranty": 3, "warning_lights": 2}),
        ("safe driver", 0.12, 0.8, {"driving": 5, "winter": 3, "adas": 3, "tyres": 2}),
        ("brand fan", 0.08, 0.6, {"ev": 2, "adas": 2, "driving": 2, "hybrid": 2, "tyres": 1}),
    )
)


@dataclass(frozen=True, slots=True)
class SampleUser:
    """An invented user; ids start at 10,000,001. `topics` are the up to three that they declare."""

    id: int
    first_name: str
    language: Literal["zh", "en"]
    city: str
    car: Literal["owns", "plans"]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    users: list[SampleUser]
    archetype: Ints  # index into `ARCHETYPES`: the main one of the two that were mixed
    interests: Floats  # users x topics, rows sum to 1
    brand: Ints  # favourite brand, -2 for none
    eagerness: Floats  # multiplies the chance to buy or book
    city: list[str]


def draw_people(rng: np.random.Generator, count: int, brands: list[str]) -> People:
    """`count` users; `brands` are those that one may fancy."""
    share = np.array([a.share for a in ARCHETYPES])
    profile = np.array([[a.topics.get(t, 0.0) for t in TOPICS] for a in ARCHETYPES])
    profile /= profile.sum(axis=1, keepdims=True)
    kind = rng.choice(len(ARCHETYPES), count, p=share)
    other = rng.choice(len(ARCHETYPES), count, p=share)
    mix = rng.uniform(0.7, 0.95, (count, 1))
    gammas = rng.gamma(30 * (mix * profile[kind] + (1 - mix) * profile[other]) + 0.1)
    interests = gammas / gammas.sum(axis=1, keepdims=True)
    owns = rng.random(count) < np.array([a.owns for a in ARCHETYPES])[kind]
    english = rng.random(count) < 0.15
    cities = rng.choice(list(CITIES), count, p=list(CITIES.values())).tolist()
    fan = np.array([a.name == "brand fan" for a in ARCHETYPES])[kind]
    loyal = (fan | (rng.random(count) < 0.25)) & bool(brands)
    brand = np.where(loyal, rng.integers(0, max(len(brands), 1), count), -2)
    names = rng.integers(0, 1 << 30, count)
    users = []
    for u in range(count):
        language: Literal["zh", "en"] = "en" if english[u] else "zh"
        top = [t for t in np.argsort(-interests[u], kind="stable")[:3] if interests[u, t] > 0.08]
        users.append(
            SampleUser(
                id=FIRST_USER_ID + u,
                first_name=NAMES[language][names[u] % len(NAMES[language])],
                language=language,
                city=cities[u],
                car="owns" if owns[u] else "plans",
                topics=tuple(TOPICS[t] for t in top),
            )
        )
    return People(users, kind, interests, brand, rng.lognormal(-0.1, 0.5, count), cities)
