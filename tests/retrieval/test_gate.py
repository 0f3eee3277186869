import math
from dataclasses import replace

import pytest

from retrieval.evidence import ACROSS, WITHIN, Evidence, pairs
from retrieval.gate import OPEN, Gate, Logistic, bundled_gate

EVIDENCE = Evidence(passage=0.85, lead=0.06, gap=0.03, cover=0.6, joint=0.06)
GATE = Gate(
    within=Logistic({"passage": 2, "cover": 5}, bias=-4, threshold=0.5),
    across=Logistic({"passage": 10}, bias=-8.5, threshold=0.6),
)


def test_the_probability_is_the_logistic_of_the_weighed_evidence() -> None:
    score = 2 * 0.85 + 5 * 0.6 - 4
    assert GATE.probability(EVIDENCE) == pytest.approx(1 / (1 + math.exp(-score)))
    assert GATE.opens(EVIDENCE)
    assert not GATE.opens(replace(EVIDENCE, cover=0.4))


def test_passages_in_another_language_are_judged_by_a_model_of_their_own() -> None:
    across = replace(EVIDENCE, crosses=True)
    assert GATE.probability(across) == pytest.approx(0.5)
    assert not GATE.opens(across)
    assert GATE.opens(replace(across, passage=0.9, cover=0))


def test_the_threshold_itself_opens() -> None:
    even = Logistic({}, bias=0, threshold=0.5)
    assert Gate(even, even).opens(EVIDENCE)
    assert not Gate(replace(even, threshold=0.51), even).opens(EVIDENCE)
    assert OPEN.opens(Evidence(0, 0, 0, 0, 0))


@pytest.mark.parametrize(("crosses", "names"), [(False, WITHIN), (True, ACROSS)])
def test_more_evidence_never_closes_the_bundled_gate(crosses: bool, names: tuple[str, ...]) -> None:
    gate, case = bundled_gate(), replace(EVIDENCE, crosses=crosses)
    for name in names:
        more = replace(case, **{name: getattr(case, name) + 0.1})
        assert gate.probability(more) >= gate.probability(case), name


def test_pairs_match_where_words_are_cut_or_inflected_differently() -> None:
    assert pairs("胎压应该多少？") == {"胎压"}
    assert pairs("Changing tyres") & pairs("It is changed, tyre by tyre") == {
        "chan",
        "hang",
        "tyre",
    }
    assert pairs("the of") == set()
