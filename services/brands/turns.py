"""When a week differs from the weeks before it by more than chance: exact conditional tests.

Counted are people, not their questions: who asks ten times in an hour is one. `ALPHA` is shared by
all tests of a look (Bonferroni), so that in steady weeks one look in a hundred, at most, tells
anything at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Weeks that a week is held against, and the chance of any false alarm in one look.
BEFORE, ALPHA = 4, 0.01
# Tests of a brand in one look: how many spoke of it, and how many of these ill of it.
TESTS = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """People of one week: who asked anything, who spoke of the brand, who of these ill of it."""

    asked: int
    spoke: int
    ill: int


@dataclass(frozen=True, slots=True)
class Turn:
    """`kind`: more or fewer people speak of the brand, or worse or better. `now` of `of` people do
    (of a brand's volume: of all who asked); `usual` would have been by the weeks before. `p` is
    two-sided and not corrected."""

    kind: str
    now: int
    of: int
    usual: float
    p: float


def turns(weeks: Sequence[Counted], brands: int = 1) -> list[Turn]:
    """How the last week differs from the `BEFORE` weeks before it; `brands` are looked at together.

    Without any week of those in which somebody asked, nothing is told: what is new is no turn.
    """
    *earlier, last = weeks[-BEFORE - 1 :]
    if len(earlier) < BEFORE or not all(week.asked for week in earlier) or not last.asked:
        return []
    asked, spoke, ill = (
        sum(getattr(week, name) for week in earlier) for name in ("asked", "spoke", "ill")
    )
    found = [
        ("more", "fewer", _volume(last.spoke, last.asked, spoke, asked)),
        ("worse", "better", _mood(last.ill, last.spoke, ill, spoke)),
    ]
    return [
        Turn(up if test.now > test.usual else down, test.now, test.of, test.usual, test.p)
        for up, down, test in found
        if test.p < ALPHA / (TESTS * brands)
    ]


def _volume(now: int, of: int, before: int, of_before: int) -> Turn:
    """Two Poisson rates: given their sum, the one is binomial (Przyborowski and Wilenski 1940).
    Exposure is how many people asked anything, so that a busy week is no turn of itself."""
    from scipy.stats import binomtest

    usual = before * of / of_before
    p = binomtest(now, now + before, of / (of + of_before)).pvalue if now + before else 1.0
    return Turn("", now, of, usual, float(p))


def _mood(now: int, of: int, before: int, of_before: int) -> Turn:
    """Two shares: Fisher's exact test."""
    from scipy.stats import fisher_exact

    if not of or not of_before:
        return Turn("", now, of, float(now), 1.0)
    table = [[now, of - now], [before, of_before - before]]
    return Turn("", now, of, before * of / of_before, float(fisher_exact(table).pvalue))
