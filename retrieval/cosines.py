"""What an encoder's cosines are like: the calibration that comes with it.

Every constant in this package that is a cosine, or a difference of two, was found with the bundled
E5, whose cosines lie close together. Another encoder is measured once, on questions and answers
that ship with this package: how near a question is to its own answer and to others'. E5's numbers
are then moved and stretched so that these two fall on the other's (`at`, `unit`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from threading import Lock
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np

from retrieval.batching import encode_passages, encode_queries
from retrieval.encoder import Encoder


@dataclass(frozen=True, slots=True)
class Cosines:
    """`usual`: of a question with any passage in its language, by language; `across`: with any in
    the other one; `unit`: the difference that says as much as one of 1 says of E5's; `base`: the
    cosine that E5's `E5_BASE` became.
    """

    usual: Mapping[str, float]
    across: float
    unit: float
    base: float

    def at(self, cosine: float) -> float:
        """The cosine that says here what `cosine` says of E5's; never as much as 1."""
        return min(self.base + (cosine - E5_BASE) * self.unit, 1 - 1e-3)

    def fields(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what `fields` never made."""
        usual = {str(name): float(value) for name, value in fields["usual"].items()}
        across, unit, base = (float(fields[name]) for name in ("across", "unit", "base"))
        return cls(usual, across, unit, base)


E5_BASE = 0.8
E5 = Cosines({"zh": 0.84, "en": 0.80}, across=0.76, unit=1.0, base=E5_BASE)
# What `measured` finds of E5: the mean cosine of a question with others' answers by languages, and
# how much nearer its own answer is.
_E5_OTHERS = {"zh": 0.834, "en": 0.779, "across": 0.750}
_E5_LEAD = 0.090
# A model that tells nothing apart would stretch everything to nothing.
_LEAST_UNIT = 0.1


# By model, so that whoever holds a model has its calibration.
_known: WeakKeyDictionary[Encoder, Cosines] = WeakKeyDictionary()
_knowing = Lock()


def register(model: Encoder, cosines: Cosines) -> None:
    """Tells the calibration of a model that needs no measuring."""
    _known[model] = cosines


def cosines_of(model: Encoder) -> Cosines:
    """The calibration of a model, measured when it is first asked for."""
    with _knowing:
        if model not in _known:
            _known[model] = measured(model)
        return _known[model]


def measured(model: Encoder) -> Cosines:
    """The calibration of any encoder; encodes 48 short texts."""
    texts = json.loads((files("retrieval") / "cosines.json").read_text("utf-8"))
    asked = {name: encode_queries(model, [q for q, _ in rows]) for name, rows in texts.items()}
    said = {name: encode_passages(model, [a for _, a in rows]) for name, rows in texts.items()}
    own, others = {}, {}
    for one in texts:
        for other in texts:
            cosines = asked[one] @ said[other].T
            same = np.eye(len(cosines), dtype=bool)
            own[one, other] = float(cosines[same].mean())
            others[one, other] = float(cosines[~same].mean())
    lead = float(np.mean([own[name, name] - others[name, name] for name in texts]))
    unit = max(lead / _E5_LEAD, _LEAST_UNIT)

    def moved(constant: float, e5_others: float, here: float) -> float:
        return here + (constant - e5_others) * unit

    usual = {name: moved(E5.usual[name], _E5_OTHERS[name], others[name, name]) for name in texts}
    foreign = float(np.mean([others[pair] for pair in others if pair[0] != pair[1]]))
    within = float(np.mean([others[name, name] for name in texts]))
    e5_within = float(np.mean([_E5_OTHERS[name] for name in texts]))
    return Cosines(
        usual=usual,
        across=moved(E5.across, _E5_OTHERS["across"], foreign),
        unit=unit,
        base=moved(E5_BASE, e5_within, within),
    )
