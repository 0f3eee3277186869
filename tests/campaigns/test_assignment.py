"""Assignments of people to invites, against brute force and HiGHS's exact solver."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bench.planning import feasible, instance
from campaigns import assignment
from campaigns.assignment import Problem, assign, greedy


def small(seed: int, people: int, activities: int, *, seats: bool, budget: bool) -> Problem:
    chance = np.random.default_rng(seed)
    value = chance.uniform(-0.3, 1, (people, activities)).astype(np.float32)
    load = chance.uniform(0.05, 1, (people, activities)).astype(np.float32)
    room = chance.uniform(0, people / 3, activities) if seats else np.full(activities, np.inf)
    cost = chance.integers(0, 5, activities).astype(float)
    money = float(chance.integers(0, 3 * people)) if budget else np.inf
    return Problem(value, load, room, chance.integers(0, 3, people), cost, money)


def best_of_all(problem: Problem) -> float:
    """The optimum, by trying every set of invites."""
    people, activities = problem.value.shape
    best = 0.0
    for taken in product((False, True), repeat=people * activities):
        who, what = np.nonzero(np.array(taken).reshape(people, activities))
        if feasible(problem, who, what):
            best = max(best, problem.worth(who, what))
    return best


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
@settings(max_examples=25)
def test_small_problems_are_solved_as_by_trying_everything(
    seed: int, seats: bool, budget: bool
) -> None:
    problem = small(seed, 4, 3, seats=seats, budget=budget)
    made = assign(problem)
    assert feasible(problem, made.people, made.activities)
    assert made.value == pytest.approx(best_of_all(problem), abs=1e-5)
    assert made.bound >= made.value >= made.greedy - 1e-6
    assert (problem.value[made.people, made.activities] > 0).all()


def whole_program(problem: Problem) -> float:
    """The optimum of the whole linear program, which no assignment is above."""
    who, what = np.nonzero(problem.value > 0)
    rows, limits = assignment._rows(problem, who, what, problem.limits, problem.cap)
    value = problem.value[who, what].astype(float)
    return float(-linprog(-value, A_ub=rows, b_ub=limits, bounds=(0, 1), method="highs").fun)


@pytest.mark.parametrize("seed", range(4))
def test_large_problems_come_near_to_a_bound_that_holds(seed: int) -> None:
    problem = instance(3_000, 12, seed)
    assert problem.value.size > assignment.SMALL
    made = assign(problem)
    assert feasible(problem, made.people, made.activities)
    optimum = whole_program(problem)
    assert made.bound >= optimum * (1 - 1e-6)
    assert made.bound <= optimum * 1.002
    assert made.greedy <= made.value <= optimum * (1 + 1e-6)
    assert made.gap < 0.005
    assert made.value > made.greedy


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_s_prices_serve_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment, "SAMPLE", 600)
    monkeypatch.setattr(assignment, "MOST_UNDECIDED", 500)
    problem = instance(4_000, 10, seed)
    made = assign(problem)
    assert feasible(problem, made.people, made.activities)
    assert whole_program(problem) * (1 - 1e-6) <= made.bound
    assert made.gap < 0.01
    assert made.value >= made.greedy


def test_nothing_to_give_is_given_to_nobody() -> None:
    none = Problem(
        np.zeros((3, 2), np.float32),
        np.ones((3, 2), np.float32),
        np.ones(2),
        np.ones(3, int),
        np.zeros(2),
    )
    made = assign(none)
    assert (len(made.people), made.value, made.bound, made.gap) == (0, 0.0, 0.0, 0.0)
    full = Problem(
        np.ones((200, 150), np.float32),
        np.ones((200, 150), np.float32),
        np.zeros(150),
        np.ones(200, int),
        np.zeros(150),
    )
    assert len(assign(full).people) == 0


def test_greedy_takes_the_most_valuable_that_still_fits() -> None:
    value = np.array([[0.9, 0.8], [0.7, 0.1], [0.6, 0.5]], np.float32)
    problem = Problem(
        value,
        np.ones((3, 2), np.float32),
        np.array([1.0, np.inf]),
        np.ones(3, int),
        np.array([1.0, 2.0]),
        3.0,
    )
    people, activities = greedy(problem)
    assert sorted(zip(people.tolist(), activities.tolist(), strict=True)) == [(0, 0), (2, 1)]
