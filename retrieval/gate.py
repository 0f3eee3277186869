"""Whether the passages found answer the question: small calibrated logistic models.

The weights in gate.json were fitted by `python -m bench.gate`, by cross-validation on questions
that were asked once with the passage that answers them and once without it: one model for passages
in the question's language, one for passages in another; each with a reader's score and without.
Their thresholds hold until an index has found its own (`retrieval.calibration`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

import numpy as np

from retrieval.evidence import ACROSS, READ_ACROSS, READ_WITHIN, WITHIN, Evidence


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model of a few of the evidence's features, and from which probability it opens."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    @classmethod
    def of(cls, fields: Mapping[str, Any], names: tuple[str, ...]) -> Self:
        weights = {name: float(fields["weights"][name]) for name in names}
        return cls(weights, float(fields["bias"]), float(fields["threshold"]))

    def probability(self, evidence: Evidence) -> float:
        score = self.bias + sum(w * getattr(evidence, name) for name, w in self.weights.items())
        return float(1 / (1 + np.exp(-score)))


@dataclass(frozen=True, slots=True)
class Gate:
    """`across` judges passages in another language than the question, where no terms can match."""

    within: Logistic
    across: Logistic

    def probability(self, evidence: Evidence) -> float:
        """The calibrated probability, 0 to 1, that the passages hold an answer."""
        return self._model(evidence).probability(evidence)

    def threshold(self, evidence: Evidence) -> float:
        """The probability from which on passages like these are taken for an answer."""
        return self._model(evidence).threshold

    def opens(self, evidence: Evidence) -> bool:
        return self.probability(evidence) >= self.threshold(evidence)

    def _model(self, evidence: Evidence) -> Logistic:
        return self.across if evidence.crosses else self.within


# Lets everything through: for measurements of what comes after it.
OPEN = Gate(Logistic({}, 0.0, 0.0), Logistic({}, 0.0, 0.0))


@cache
def bundled_gate(read: bool = False) -> Gate:
    """The gate for passages that a reader has read, or that none has."""
    fields = json.loads((files("retrieval") / "gate.json").read_text("utf-8"))
    kind = fields["read" if read else "unread"]
    return Gate(
        Logistic.of(kind["within"], READ_WITHIN if read else WITHIN),
        Logistic.of(kind["across"], READ_ACROSS if read else ACROSS),
    )
