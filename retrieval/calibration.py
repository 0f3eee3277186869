"""A threshold of the gate, with what it lets through: what an index found for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

# With fewer questions left without an answer, one of them would decide.
LEAST = 20
FALSE_ANSWERS = 0.10

Point = tuple[float, float, float]
"""A threshold, and the shares that are answered at it of the unanswerable and the answerable."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest threshold with at most the set share of false answers.

    `false`, `answered`: shares of the `without` and `having` questions that are answered at it;
    `curve`: the same at every threshold that changes something.
    """

    threshold: float
    false: float
    answered: float
    having: int
    without: int
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """`within`, `across`: for passages in the question's language and in another; None where the
    base has too few questions for that. `reader`: whose scores they hold for; `made_of`: how many
    golden questions and how many headings were asked; `allowed` the share that was set.
    """

    reader: str | None
    allowed: float
    made_of: tuple[int, int]
    within: Threshold | None
    across: Threshold | None

    def fields(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Calibration | None:
        """What `fields` made; None of an index that has found none."""
        if not fields:
            return None
        golden, headings = fields["made_of"]
        return cls(
            fields["reader"],
            float(fields["allowed"]),
            (int(golden), int(headings)),
            _threshold_of(fields["within"]),
            _threshold_of(fields["across"]),
        )


def _threshold_of(fields: Mapping[str, Any] | None) -> Threshold | None:
    if fields is None:
        return None
    curve = tuple((float(a), float(b), float(c)) for a, b, c in fields["curve"])
    return Threshold(**{**fields, "curve": curve})


def lowest(having: Sequence[float], without: Sequence[float], allowed: float) -> Threshold | None:
    """The threshold of probabilities of questions `having` an answer and `without` one."""
    if len(without) < LEAST:
        return None
    yes, no = np.array(having), np.array(without)
    curve: list[Point] = []
    # Just above each probability of the unanswerable, one of them fewer is answered.
    for threshold in (0.0, *(np.nextafter(p, 2) for p in np.unique(no))):
        answered = float((yes >= threshold).mean()) if len(yes) else 0.0
        curve.append((float(threshold), float((no >= threshold).mean()), answered))
    threshold, false, answered = next(point for point in curve if point[1] <= allowed)
    return Threshold(threshold, false, answered, len(yes), len(no), tuple(curve))
