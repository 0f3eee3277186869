"""Whether the passages found answer the question: a small calibrated logistic model.

The weights in gate.json were fitted by `python -m bench.gate`, by cross-validation on questions
that were asked once with the page that answers them and once without it. See docs/benchmarks.md.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

FEATURES = ("passage", "sentence", "passage_cover", "sentence_cover", "gap")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer.

    `passage`, `sentence`: the best cosines of the query with a chunk and with a sentence;
    `passage_cover`, `sentence_cover`: shares of the query's terms, by rarity, that they contain;
    `gap`: how far the best chunk's cosine lies above the mean of the found ones;
    `crosses`: the passages are in another language than the question, so terms can't match.
    """

    passage: float
    sentence: float
    passage_cover: float
    sentence_cover: float
    gap: float
    crosses: bool = False

    def vector(self) -> np.ndarray:
        return np.array([getattr(self, name) for name in FEATURES])


@dataclass(frozen=True, slots=True)
class Gate:
    weights: tuple[float, ...]
    bias: float
    threshold: float
    # Without common words only the vectors speak, so more is asked of them.
    cross_passage: float

    def probability(self, evidence: Evidence) -> float:
        """The calibrated probability, 0 to 1, that the passages hold an answer."""
        score = float(evidence.vector() @ np.array(self.weights)) + self.bias
        return float(1 / (1 + np.exp(-score)))

    def opens(self, evidence: Evidence) -> bool:
        if evidence.crosses:
            return evidence.passage >= self.cross_passage
        return self.probability(evidence) >= self.threshold


@cache
def bundled_gate() -> Gate:
    """The gate for the bundled encoder; another encoder's cosines need a calibration of its own."""
    fields = json.loads((files("retrieval") / "gate.json").read_text("utf-8"))
    return Gate(
        weights=tuple(fields["weights"][name] for name in FEATURES),
        bias=fields["bias"],
        threshold=fields["threshold"],
        cross_passage=fields["cross_passage"],
    )
