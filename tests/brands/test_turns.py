import numpy as np
import pytest

from services.brands.turns import ALPHA, Counted, turns

STEADY = [Counted(400, 40, 4)] * 4


def kinds(*weeks: Counted, brands: int = 1) -> list[str]:
    return [turn.kind for turn in turns(weeks, brands)]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (Counted(400, 40, 4), []),
        (Counted(400, 80, 8), ["more"]),
        (Counted(400, 10, 1), ["fewer"]),
        (Counted(400, 40, 20), ["worse"]),
        (Counted(400, 80, 40), ["more", "worse"]),
        # Twice as many ask of everything: the brand is spoken of no more than usual.
        (Counted(800, 80, 8), []),
    ],
)
def test_a_sudden_turn_is_told(last: Counted, told: list[str]) -> None:
    assert kinds(*STEADY, last) == told


def test_fewer_ill_words_are_better() -> None:
    assert kinds(*[Counted(400, 40, 24)] * 4, Counted(400, 40, 6)) == ["better"]


def test_what_is_new_is_no_turn() -> None:
    empty = Counted(0, 0, 0)
    assert kinds(*STEADY[1:], Counted(400, 200, 100)) == []
    assert kinds(empty, *STEADY[1:], Counted(400, 200, 100)) == []
    assert kinds(*STEADY, empty) == []


def test_the_more_brands_the_stricter() -> None:
    last = Counted(400, 66, 6)
    assert kinds(*STEADY, last) == ["more"]
    assert kinds(*STEADY, last, brands=50) == []


@pytest.mark.parametrize(
    ("asked", "share", "ill"), [(60, 0.05, 0.1), (300, 0.2, 0.3), (2000, 0.1, 0.5)]
)
def test_steady_weeks_raise_hardly_any_alarm(asked: int, share: float, ill: float) -> None:
    """Of 2,000 looks at weeks that differ by chance alone, no more than ALPHA of them tell
    anything, give or take three standard errors."""
    random = np.random.default_rng(7)
    looks, alarms = 2000, 0
    for _ in range(looks):
        weeks = []
        for _ in range(5):
            of = int(random.poisson(asked))
            spoke = int(random.binomial(of, share))
            weeks.append(Counted(of, spoke, int(random.binomial(spoke, ill))))
        alarms += bool(turns(weeks))
    assert alarms / looks <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / looks) ** 0.5


def test_a_real_turn_is_mostly_seen() -> None:
    """Twice as many of 300 people, at a fifth before: nine times of ten."""
    random = np.random.default_rng(7)
    seen = 0
    for _ in range(200):
        shares = [0.2] * 4 + [0.4]
        weeks = [Counted(300, int(random.binomial(300, share)), 0) for share in shares]
        seen += bool(turns(weeks))
    assert seen >= 180
