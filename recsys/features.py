"""What each user is interested in, as shares over features: what profiles and segments are made of.

A feature is a code, `BLOCK.VALUE`: a topic, a type or a brand of the things that a user's signals
are on, how far down the funnel the user goes with things, and whether that was lately.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy import sparse

from recsys.confidence import Confidence, Pairs
from recsys.log import BLOCK, Log, moment

# How deep a verb takes a user into the funnel; of a thing, the deepest stage counts.
STAGES = ("asked", "looked", "liked", "took", "finished")
STAGE = dict.fromkeys(("asked",), 0)
STAGE |= dict.fromkeys(("citation_opened", "viewed", "invite_opened"), 1)
STAGE |= dict.fromkeys(("liked", "shared"), 2)
STAGE |= dict.fromkeys(("enrolled", "purchased", "booked", "progressed", "draw_entered"), 3)
STAGE |= dict.fromkeys(("completed", "attended", "quiz_answered", "test_driven", "ordered"), 4)
FUNNEL = tuple(f"funnel.{stage}" for stage in STAGES)
RECENCY = "recency.lately"
HALF_RECENT = timedelta(days=30)

Corrections = Mapping[str, str | None]
"""By feature that a user rejected, the feature of the same block that stands instead, or None."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """`matrix` is float32 [things, features]: how much of a thing each feature is. Things are
    items, and topics that are asked about."""

    things: tuple[str, ...]
    names: tuple[str, ...]
    matrix: np.ndarray


@dataclass(frozen=True, slots=True)
class Features:
    """`matrix` is float32 [users, features]: how much of the user's confidence each feature has,
    not normalised, except for recency, which is 0 to 1."""

    users: tuple[int, ...]
    names: tuple[str, ...]
    matrix: np.ndarray


def features(
    log: Log,
    attributes: Attributes,
    now: datetime,
    corrections: Mapping[int, Corrections] | None = None,
    confidence: Confidence | None = None,
) -> Features:
    """The features of every user with a signal that speaks for some thing.

    A pair's confidence counts by its logarithm, so that one course followed for weeks doesn't
    drown all else.
    """
    known = log.over(attributes.things)
    pairs = (confidence or Confidence()).of(known, now).wanted
    places, row = np.unique(pairs.user, return_inverse=True)
    users = tuple(known.users[places].tolist())
    number = {user: row for row, user in enumerate(users)}
    names = (*attributes.names, *FUNNEL, RECENCY)
    matrix = np.zeros((len(users), len(names)), dtype=np.float32)
    width = len(attributes.names)
    shape = (len(users), len(attributes.things))
    taken = sparse.csr_matrix((np.log1p(pairs.confidence), (row, pairs.item)), shape=shape)
    matrix[:, :width] = taken @ attributes.matrix
    stage = _deepest(known, pairs)
    np.add.at(matrix, (row[stage >= 0], width + stage[stage >= 0]), 1)
    age = (moment(now) - _latest(known)[places]) / np.timedelta64(HALF_RECENT)
    matrix[:, -1] = 0.5 ** np.maximum(age, 0.0)
    for user, corrected in (corrections or {}).items():
        if user in number:
            correct(matrix[number[user]], names, corrected)
    return Features(users, names, matrix)


def correct(row: np.ndarray, names: Sequence[str], corrections: Corrections) -> None:
    """Takes rejected features out of a user's row, or moves them to what stands instead."""
    place = {name: column for column, name in enumerate(names)}
    moved = {tag: row[place[tag]] for tag in corrections if tag in place}
    row[[place[tag] for tag in moved]] = 0
    for tag, amount in moved.items():
        if (instead := settled(tag, corrections)) in place:
            row[place[str(instead)]] += amount


def settled(tag: str, corrections: Corrections) -> str | None:
    """What stands for a tag in the end: what was put in its place may be rejected as well."""
    seen, now = set[str](), tag
    while now in corrections:
        following = corrections[now]
        if following is None or now in seen:
            return None
        seen.add(now)
        now = following
    return now


def shares(matrix: np.ndarray, names: Sequence[str], usual: np.ndarray, prior: float) -> np.ndarray:
    """Each block as shares that sum to one, drawn to the `usual` ones by `prior` units of
    confidence: of a user with two signals little is known. float32 [users, features]."""
    result = matrix.astype(np.float32).copy()
    for columns in blocks(names).values():
        summed = matrix[:, columns].sum(axis=1, keepdims=True)
        result[:, columns] = (matrix[:, columns] + prior * usual[columns]) / (summed + prior)
    return result


def usual_shares(matrix: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The shares of all users' confidence together, float32 [features]; recency's mean."""
    usual = matrix.mean(axis=0)
    for columns in blocks(names).values():
        usual[columns] /= max(float(usual[columns].sum()), 1e-9)
    return np.asarray(usual, dtype=np.float32)


def blocks(names: Sequence[str]) -> dict[str, list[int]]:
    """Columns by block, of the blocks that are shares."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for column, name in enumerate(names):
        if name != RECENCY:
            found[name.partition(".")[0]].append(column)
    return dict(found)


def _deepest(log: Log, pairs: Pairs) -> np.ndarray:
    """The stage of each pair int [p], -1 for none."""
    stage = np.array([STAGE.get(verb, -1) for verb in log.verbs], dtype=np.int64)
    width = len(log.items)
    keys = pairs.user.astype(np.int64) * width + pairs.item
    deepest = np.full(len(pairs), -1)
    for start in range(0, len(log) if len(pairs) else 0, BLOCK):
        part = log[start : start + BLOCK]
        key = part.user.astype(np.int64) * width + part.item
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        known = keys[place] == key
        np.maximum.at(deepest, place[known], stage[part.verb[known]])
    return deepest


def _latest(log: Log) -> np.ndarray:
    """datetime64 [users]."""
    latest = np.full(len(log.users), np.datetime64(0, "us"))
    np.maximum.at(latest, log.user, log.time)
    return latest
