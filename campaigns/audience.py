"""Whom a campaign may go to: a spec, checked, and the people that it stands for.

A spec is JSON, kept with its campaign. `{"kind": "all" | "topic" | "city" | "car", "value": …}` is
one rule; `{"kind": "rules", "all": […], "any": […], "likeliest": N}` takes those for whom each rule
of `all` holds and one of `any` (if there are some), and of these the N likeliest to respond.

A rule is `{"field": FIELD, "is": VALUE}`, `{"field": "joined" | "seen", "within_days": N}`,
`{"did": VERB, "item": ID, "type": TYPE, "within_days": N, "at_least": N}`, where all but the verb
may be missing, or `{"segment": ID}`; `"not": true` turns it round. `campaigns.audience_text` reads
and writes the same as a line of text.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import numpy as np

from services.recommending.tags import TOPICS
from storage.database import Database
from storage.models import ITEM_TYPES, VERBS
from storage.models.base import LANGUAGES
from storage.repositories import audiences, users

MOST_RULES, MOST_DAYS, MOST_TIMES = 20, 3650, 1000
MOST_VALUE = 128
# What each field of a profile may be; None: any text.
FIELDS: Mapping[str, tuple[str, ...] | None] = {
    "language": LANGUAGES,
    "city": None,
    "car": ("owns", "plans"),
    "topic": tuple(TOPICS),
    "brand": None,
}
LATELY = ("joined", "seen")
SIMPLE = ("all", "topic", "city", "car")

Rule = Mapping[str, Any]
Likelihood = Callable[[np.ndarray], Awaitable[np.ndarray]]
"""How likely each of some people (ids int64 [n]) is to respond to the invite, float [n]."""
ErrorCode = Literal["kind", "rule", "field", "value", "verb", "type", "number", "many", "text"]


class BadAudience(ValueError):
    """A spec or text that is none. `code` says why, `word` which part of it; the message says what
    to write instead."""

    def __init__(self, code: ErrorCode, word: object, message: str) -> None:
        super().__init__(message)
        self.code, self.word = code, str(word)


@dataclass(frozen=True, slots=True)
class Audience:
    """A spec that was checked. `every` and `some` are the rules of `all` and `any`."""

    every: tuple[Rule, ...] = ()
    some: tuple[Rule, ...] = ()
    likeliest: int | None = None

    @property
    def in_sql(self) -> bool:
        """Whether the database alone can tell who is in it, so that it can be filled in slices."""
        return self.likeliest is None and not any("segment" in rule for rule in self.rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.every, *self.some)

    @property
    def spec(self) -> dict[str, Any]:
        """What `parse` reads as this audience."""
        return {
            "kind": "rules",
            "all": [dict(rule) for rule in self.every],
            "any": [dict(rule) for rule in self.some],
            "likeliest": self.likeliest,
        }


class Placing(Protocol):
    """Who is in which segment (see `services.recommending.placing`)."""

    async def of(self, user_ids: np.ndarray) -> np.ndarray:
        """The segment's id of each person int64 [n], int32 [n], 0 of who is in none."""
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """What rules need that the database can't tell: segments, and the model of responses."""

    placing: Placing | None = None
    likelihood: Likelihood | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that speaks for a response: a feature's code and its share of the log-odds."""

    code: str
    weight: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a person is in an audience: the places of the `rules` that hold for them; of the
    likeliest also their probability, the one of all that were invited before, and what speaks for
    them, strongest first."""

    user_id: int
    rules: tuple[int, ...]
    probability: float | None = None
    base_rate: float | None = None
    reasons: tuple[Reason, ...] = ()


Explaining = Callable[[np.ndarray], Awaitable[tuple[np.ndarray, float, Sequence[Sequence[Reason]]]]]
"""By ids int64 [n]: the probabilities float [n], the base rate, and reasons of each."""


def parse(spec: Mapping[str, Any]) -> Audience:
    """Checks a spec. Raises BadAudience, a ValueError that says what to write instead."""
    kind = spec.get("kind")
    if kind in SIMPLE:
        simple = [] if kind == "all" else [_rule({"field": kind, "is": spec.get("value")})]
        return Audience(tuple(simple))
    if kind != "rules":
        raise BadAudience(
            "kind", kind, f"Unknown audience {kind!r}: use rules, {', '.join(SIMPLE)}."
        )
    _only(spec, "kind", "all", "any", "likeliest")
    every, some = (_rules(spec.get(name)) for name in ("all", "any"))
    if len(every) + len(some) > MOST_RULES:
        raise BadAudience("many", MOST_RULES, f"At most {MOST_RULES} rules make an audience.")
    return Audience(every, some, _number(spec, "likeliest", 1_000_000_000))


async def resolve(
    database: Database, audience: Audience, now: datetime, scores: Scores | None = None
) -> np.ndarray:
    """The ids int64 [n] of those in an audience who may be invited, in rising order; of the
    likeliest, best first.

    Only people who agreed to personalisation are looked at, so nobody else is ever scored. Raises
    ValueError where the audience needs `scores` that aren't given.
    """
    scores = scores or Scores()
    ids, either = await _by_rules(database, audience, now)
    segments = [rule for rule in audience.rules if "segment" in rule]
    if segments:
        if scores.placing is None:
            raise ValueError("Segments need a placing: pass scores with one.")
        own = await scores.placing.of(ids)
        kept = _in_segments(audience, ids, either, own)
        ids = ids[kept]
    if audience.likeliest is None:
        return ids
    if scores.likelihood is None:
        raise ValueError("The likeliest need a model of responses: pass scores with one.")
    chances = await scores.likelihood(ids)
    order = np.argsort(-chances, kind="stable")[: audience.likeliest]
    return np.asarray(ids[order])


async def why(
    database: Database,
    audience: Audience,
    now: datetime,
    user_ids: Sequence[int],
    scores: Scores | None = None,
    explaining: Explaining | None = None,
) -> Sequence[Why]:
    """Why each of some people of an audience is in it, in their order."""
    scores = scores or Scores()
    ids = np.array(user_ids, dtype=np.int64)
    holds = np.zeros((len(ids), len(audience.rules)), dtype=bool)
    own = await scores.placing.of(ids) if scores.placing is not None else None
    for place, rule in enumerate(audience.rules):
        if "segment" in rule:
            if own is not None:
                holds[:, place] = (own == rule["segment"]) != rule.get("not", False)
        else:
            found = await _told(database, [rule], now, only=ids.tolist())
            holds[:, place] = np.isin(ids, found)
    told: list[Why] = []
    chances, base, reasons = None, None, None
    if audience.likeliest is not None and explaining is not None:
        chances, base, reasons = await explaining(ids)
    for row, user_id in enumerate(user_ids):
        rules = tuple(np.flatnonzero(holds[row]).tolist())
        if chances is None or reasons is None:
            told.append(Why(user_id, rules))
        else:
            own_reasons = tuple(reasons[row])
            told.append(Why(user_id, rules, float(chances[row]), base, own_reasons))
    return told


async def _by_rules(
    database: Database, audience: Audience, now: datetime
) -> tuple[np.ndarray, np.ndarray | None]:
    """Ids int64 [n] by the rules that the database can tell, and where one of `some` is a segment,
    for whom another of `some` holds, bool [n]."""
    every = [rule for rule in audience.every if "segment" not in rule]
    some = [rule for rule in audience.some if "segment" not in rule]
    if len(some) == len(audience.some):
        return await _told(database, every, now, some), None
    ids = await _told(database, every, now)
    if not some:
        return ids, np.zeros(len(ids), dtype=bool)
    either = await _told(database, every, now, some)
    return ids, np.isin(ids, either, assume_unique=True)


async def _told(
    database: Database,
    every: Sequence[Rule],
    now: datetime,
    some: Sequence[Rule] = (),
    only: Sequence[int] | None = None,
) -> np.ndarray:
    async with database.read() as session:
        return await users.invitable(session, audiences.holds(every, now, some), only)


def _in_segments(
    audience: Audience, ids: np.ndarray, either: np.ndarray | None, own: np.ndarray
) -> np.ndarray:
    """bool [n]: for whom the rules about segments hold."""
    kept = np.ones(len(ids), dtype=bool)
    for rule in audience.every:
        if "segment" in rule:
            kept &= (own == rule["segment"]) != rule.get("not", False)
    if either is not None:
        for rule in audience.some:
            if "segment" in rule:
                either |= (own == rule["segment"]) != rule.get("not", False)
        kept &= either
    return kept


def _rules(given: Any) -> tuple[Rule, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(rule, Mapping) for rule in given):
        raise BadAudience("rule", given, "`all` and `any` are lists of rules.")
    return tuple(_rule(rule) for rule in given)


def _rule(rule: Rule) -> Rule:
    """A rule with nothing in it that says nothing."""
    turned = {"not": True} if rule.get("not") is True else {}
    if "segment" in rule:
        _only(rule, "segment", "not")
        return {"segment": _needed(rule, "segment", 1_000_000), **turned}
    if "did" in rule:
        return _did(rule) | turned
    field = rule.get("field")
    if field in LATELY:
        _only(rule, "field", "within_days", "not")
        return {"field": field, "within_days": _needed(rule, "within_days", MOST_DAYS), **turned}
    if field not in FIELDS:
        known = ", ".join((*FIELDS, *LATELY))
        raise BadAudience("field", field or rule, f"Unknown field {field!r}: use {known}.")
    _only(rule, "field", "is", "not")
    return {"field": field, "is": _value(str(field), rule.get("is")), **turned}


def _value(field: str, value: Any) -> str:
    known = FIELDS[field]
    if not _is_text(value):
        raise BadAudience("value", field, f"{field} needs a value, such as {field}=….")
    if known is not None and value not in known:
        raise BadAudience("value", value, f"{value!r} is no {field}: use {', '.join(known)}.")
    return str(value)


def _did(rule: Rule) -> dict[str, Any]:
    _only(rule, "did", "item", "type", "within_days", "at_least", "not")
    verb, item, type_ = (rule.get(name) for name in ("did", "item", "type"))
    if verb not in VERBS:
        raise BadAudience("verb", verb, f"{verb!r} is no verb: use {', '.join(VERBS)}.")
    found: dict[str, Any] = {"did": verb}
    if item is not None:
        if not _is_text(item):
            raise BadAudience("value", item, "`item` is the id of a thing of the catalogue.")
        found["item"] = item
    if type_ is not None:
        if type_ not in ITEM_TYPES:
            raise BadAudience("type", type_, f"{type_!r} is no type: use {', '.join(ITEM_TYPES)}.")
        found["type"] = type_
    for name, most in (("within_days", MOST_DAYS), ("at_least", MOST_TIMES)):
        if (number := _number(rule, name, most)) is not None:
            found[name] = number
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= MOST_VALUE


def _needed(given: Mapping[str, Any], name: str, most: int) -> int:
    if (number := _number(given, name, most)) is None:
        raise BadAudience("number", name, f"`{name}` needs a whole number from 1 to {most:,}.")
    return number


def _number(given: Mapping[str, Any], name: str, most: int) -> int | None:
    number = given.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise BadAudience("number", name, f"`{name}` takes a whole number from 1 to {most:,}.")
    return number


def _only(given: Mapping[str, Any], *known: str) -> None:
    for name in given:
        if name not in known:
            raise BadAudience("rule", name, f"Unknown part {name!r}: use {', '.join(known)}.")
