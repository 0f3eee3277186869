"""Who is moved: what campaigns were measured to change, as far as it can be told from chance.

Of each segment and item type the difference between invited and held-out people is drawn towards
its type's, and that towards all types', by how much such differences vary beyond chance (empirical
Bayes; the variance between by DerSimonian and Laird 1986). So a cell with few people is taken for
an average one, and one with many for what it showed, be that less than nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
# That cells differ by about as much as the mean effect is taken for granted: a few of them, seen
# with much noise, can't rule it out.
PARTS, DIFFER, TINY = 10, 1.0, 1e-12


@dataclass(frozen=True, slots=True)
class Uplift:
    """By segment (its id, 0 for none) and type, float64 [segments, types]: by how much an invite
    raises the share that does what it is to lead to (`lift`), with its standard deviation.

    `campaigns`: of how many this was learned; of none, everyone who responds is taken for moved.
    """

    segments: tuple[int, ...]
    lift: np.ndarray
    deviation: np.ndarray
    campaigns: int

    def worth(self, chances: np.ndarray, segments: np.ndarray, types: np.ndarray) -> np.ndarray:
        """How many would come of each invite who would not come otherwise, float32 [n, m]: of
        people's `chances` to respond float32 [n, m], their segments int [n] and the items' types
        int [m] (places in ITEM_TYPES).

        That is the cell's lift, and less for who is less likely to respond than others of the
        cell, since nobody is moved who doesn't respond. Who is more likely than others may as well
        come anyway, so that counts for nothing.
        """
        if not self.campaigns:
            return chances
        row = {segment: number for number, segment in enumerate(self.segments)}
        worth = np.empty_like(chances)
        for segment in np.unique(segments).tolist():
            own = segments == segment
            lift = self.lift[row.get(segment, 0), types].astype(np.float32)
            usual = np.maximum(chances[own].mean(axis=0), 1e-6)
            worth[own] = lift * np.minimum(chances[own] / usual, 1.0)
        return worth

    def leanings(self, segment: int) -> Mapping[str, float]:
        """By item type, from -1 to 1: by how much more (or less) than other types an invite to it
        moves people of a segment, as far as that can be told from chance. Empty where nothing was
        learned."""
        if not self.campaigns:
            return {}
        row = self.segments.index(segment) if segment in self.segments else 0
        apart = self.lift[row] - self.lift[row].mean()
        spread = np.sqrt(apart.var() + self.deviation[row] ** 2)
        found = np.clip(np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0), -1, 1)
        return dict(zip(ITEM_TYPES, found.tolist(), strict=True))

    def drawn(
        self,
        chances: np.ndarray,
        segments: np.ndarray,
        types: np.ndarray,
        chance: np.random.Generator,
    ) -> np.ndarray:
        """As `worth`, by lifts as they may be as well, drawn anew for each of PARTS of the people.
        Planned by this, cells of which little is known get invites, too, the more of them the
        likelier they are the best, until it is known (Thompson 1933)."""
        if not self.campaigns:
            return chances
        found = self.worth(chances, segments, types)
        part = chance.integers(0, PARTS, len(segments))
        for number in range(PARTS):
            noise = self.deviation * chance.standard_normal(self.lift.shape)
            other = replace(self, lift=self.lift + noise)
            # By the whole of a cell, of which a part is a sample.
            found[part == number] = other.worth(chances, segments, types)[part == number]
        return found


def learn(measured: Sequence[Measured]) -> Uplift:
    """What was learned of all measured effects on what each type is to lead to."""
    own = [one for one in measured if one.outcome == OUTCOME.get(one.type)]
    segments = (0, *sorted({one.segment for one in own} - {0}))
    shape = (len(segments), len(ITEM_TYPES))
    if not own:
        return Uplift(segments, np.zeros(shape), np.ones(shape), 0)
    row = {segment: number for number, segment in enumerate(segments)}
    summed, weight = np.zeros(shape), np.zeros(shape)
    for one in own:
        at = row[one.segment], ITEM_TYPES.index(one.type)
        difference, variance = _difference(one)
        summed[at] += difference / variance
        weight[at] += 1 / variance
    seen = weight > 0
    cell = np.divide(summed, weight, out=np.zeros(shape), where=seen)
    lift, deviation = _shrunk(cell, weight, seen)
    return Uplift(segments, lift, deviation, len({one.campaign for one in own}))


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
    least = (DIFFER * _varying(cell[seen], 1 / weight[seen])[0]) ** 2
    around = np.divide(
        (cell * weight).sum(axis=0),
        weight.sum(axis=0),
        out=np.zeros(cell.shape[1]),
        where=seen.any(axis=0),
    )
    within = max(_varying((cell - around)[seen], 1 / weight[seen], mean=0.0)[1], least, TINY)
    # A type of which few cells were seen is not known well, however many people were in them.
    wide = np.where(seen, 1 / (within + 1 / np.where(seen, weight, 1.0)), 0.0)
    types: np.ndarray = np.asarray(seen.any(axis=0))
    of_type, unsure = (cell * wide).sum(axis=0)[types], 1 / wide.sum(axis=0)[types]
    of_type *= unsure
    mean, between = _varying(of_type, unsure)
    between = max(between, least, TINY)
    trust = between / (between + unsure)
    around, spread = np.full(len(types), mean), np.full(len(types), between)
    around[types] += trust * (of_type - mean)
    spread[types] = between * (1 - trust)
    trust_cell = np.where(seen, within * wide, 0.0)
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
