import math
from dataclasses import replace

import pytest

from retrieval.gate import FEATURES, Evidence, Gate, bundled_gate

EVIDENCE = Evidence(0.85, 0.86, 0.6, 0.6, 0.03)


def test_the_probability_is_the_logistic_of_the_weighed_evidence() -> None:
    gate = Gate(weights=(1, 2, 3, 4, 5), bias=-6, threshold=0.5, cross_passage=0.9)
    score = 0.85 + 2 * 0.86 + 3 * 0.6 + 4 * 0.6 + 5 * 0.03 - 6
    assert gate.probability(EVIDENCE) == pytest.approx(1 / (1 + math.exp(-score)))
    assert gate.opens(EVIDENCE) == (gate.probability(EVIDENCE) >= 0.5)


@pytest.mark.parametrize("feature", FEATURES)
def test_more_evidence_never_closes_the_bundled_gate(feature: str) -> None:
    gate = bundled_gate()
    more = replace(EVIDENCE, **{feature: getattr(EVIDENCE, feature) + 0.1})
    assert gate.probability(more) > gate.probability(EVIDENCE)


def test_the_threshold_itself_opens() -> None:
    gate = Gate(weights=(0, 0, 0, 0, 0), bias=0, threshold=0.5, cross_passage=0.9)
    assert gate.opens(EVIDENCE)
    assert not replace(gate, threshold=0.51).opens(EVIDENCE)


def test_across_languages_only_nearness_counts() -> None:
    gate = Gate(weights=(9, 9, 9, 9, 9), bias=9, threshold=0, cross_passage=0.84)
    assert gate.opens(replace(EVIDENCE, crosses=True, passage=0.84))
    assert not gate.opens(replace(EVIDENCE, crosses=True, passage=0.83))
