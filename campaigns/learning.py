"""Who is moved: what campaigns were measured to change, as far as it can be told from chance.

Of each segment and item type the difference between invited and held-out people is drawn towards
its type's, and that towards all types', by how much such differences vary beyond chance (empirical
Bayes; the variance between by DerSimonian and Laird 1986). So a cell with few people is taken for
an average one, and one with many for what it showed, be that less than nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from storage.models import ITEM_TYPES
from storage.repositories.effects import Measured

# What an invite to each type is to lead to.
OUTCOME: Mapping[str, str] = {
    **dict.fromkeys(("live", "salon", "test_drive"), "booked"),
    **dict.fromkeys(("course", "book", "audio"), "purchased"),
    "game": "quiz_answered",
    "draw": "draw_entered",
}
# A rate starts as that of its type, as if seen in so many people.
PRIOR_PEOPLE = 50.0


@dataclass(frozen=True, slots=True)
class Uplift:
    """By segment (its id, 0 for none) and type, float64 [segments, types]: by how much an invite
    raises the share that does what it is to lead to (`lift`), with its standard deviation, and what
    part of those who are invited and do it would not have come anyway (`moved`, from -1 to 1).

    `campaigns`: of how many this was learned; of none, everyone who responds is taken for moved.
    """

    segments: tuple[int, ...]
    lift: np.ndarray
    deviation: np.ndarray
    moved: np.ndarray
    campaigns: int

    def of(self, segments: np.ndarray, types: np.ndarray) -> np.ndarray:
        """What part of responses is moved, of people's segments int [n] and items' types int [m]
        (places in ITEM_TYPES), float32 [n, m]."""
        row = {segment: number for number, segment in enumerate(self.segments)}
        known, place = np.unique(segments, return_inverse=True)
        rows = np.array([row.get(one, 0) for one in known.tolist()], dtype=np.int64)
        return np.asarray(self.moved[np.ix_(rows, types)][place], dtype=np.float32)


def learn(measured: Sequence[Measured]) -> Uplift:
    """What was learned of all measured effects on what each type is to lead to."""
    own = [one for one in measured if one.outcome == OUTCOME.get(one.type)]
    segments = (0, *sorted({one.segment for one in own} - {0}))
    shape = (len(segments), len(ITEM_TYPES))
    if not own:
        return Uplift(segments, np.zeros(shape), np.ones(shape), np.ones(shape), 0)
    row = {segment: number for number, segment in enumerate(segments)}
    counts = np.zeros((4, *shape))
    summed, weight = np.zeros(shape), np.zeros(shape)
    for one in own:
        at = row[one.segment], ITEM_TYPES.index(one.type)
        difference, variance = _difference(one)
        summed[at] += difference / variance
        weight[at] += 1 / variance
        counts[(slice(None), *at)] += one.treated, one.treated_did, one.held, one.held_did
    seen = weight > 0
    cell = np.divide(summed, weight, out=np.zeros(shape), where=seen)
    lift, deviation = _shrunk(cell, weight, seen)
    rate = _rates(counts[0], counts[1])
    moved = np.clip(lift / np.maximum(rate, 1e-6), -1.0, 1.0)
    return Uplift(segments, lift, deviation, moved, len({one.campaign for one in own}))


def _difference(one: Measured) -> tuple[float, float]:
    """Of the shares, and its variance; a half is added to each count, so that none is 0."""
    treated = (one.treated_did + 0.5) / (one.treated + 1)
    held = (one.held_did + 0.5) / (one.held + 1)
    difference = one.treated_did / one.treated - one.held_did / one.held
    return difference, treated * (1 - treated) / one.treated + held * (1 - held) / one.held


def _shrunk(
    cell: np.ndarray, weight: np.ndarray, seen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of the cells given what was seen, float64 [segments, types]."""
    types: np.ndarray = np.asarray(seen.any(axis=0))
    totals = weight.sum(axis=0)
    of_type = np.divide((cell * weight).sum(axis=0), totals, out=np.zeros(len(types)), where=types)
    mean, between = _varying(of_type[types], 1 / totals[types])
    around = np.full(len(types), mean)
    spread = np.full(len(types), between)
    trust = between / (between + 1 / totals[types])
    around[types] += trust * (of_type[types] - mean)
    spread[types] = between * (1 - trust)
    rest = (cell - around)[seen]
    _, within = _varying(rest, 1 / weight[seen], mean=0.0)
    trust_cell = np.zeros(cell.shape)
    trust_cell[seen] = within / (within + 1 / weight[seen])
    lift = around + trust_cell * (cell - around)
    variance = within * (1 - trust_cell) + spread * (1 - trust_cell) ** 2
    return lift, np.sqrt(variance)


def _varying(
    found: np.ndarray, variance: np.ndarray, mean: float | None = None
) -> tuple[float, float]:
    """The mean of some differences, and their variance beyond chance (DerSimonian and Laird)."""
    weight = 1 / variance
    fixed = float((found * weight).sum() / weight.sum()) if mean is None else mean
    free = len(found) - (mean is None)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    if mean is not None:
        scale = float(weight.sum())
    beyond = float((weight * (found - fixed) ** 2).sum()) - free
    between = max(beyond / scale, 0.0) if scale > 0 else 0.0
    if mean is None:
        weight = 1 / (variance + between)
        fixed = float((found * weight).sum() / weight.sum())
    return fixed, between


def _rates(people: np.ndarray, did: np.ndarray) -> np.ndarray:
    """Shares, drawn to those of the type, and these to that of all, float64 [segments, types]."""
    every = did.sum() / max(people.sum(), 1.0)
    of_type = (did.sum(axis=0) + PRIOR_PEOPLE * every) / (people.sum(axis=0) + PRIOR_PEOPLE)
    return np.asarray((did + PRIOR_PEOPLE * of_type) / (people + PRIOR_PEOPLE))
