"""How good and how fast invites are assigned; `python -m bench.planning --json [--quick]`.

Made-up people and activities: probabilities of a response as a tenth of people have them in two
interests, seats for a part of what would come, at most one to three invites a person, and a budget
for half of the invites. Each seed is another instance.
"""

import argparse
import json
from time import perf_counter
from typing import Any

import numpy as np

from campaigns.assignment import Problem, assign, greedy

PEOPLE, ACTIVITIES, SEEDS = 100_000, 50, 5


def instance(people: int, activities: int, seed: int) -> Problem:
    """Probabilities from 0 to about .3; half of the activities have seats."""
    chance = np.random.default_rng(seed)
    taste = chance.normal(size=(people, 4)).astype(np.float32)
    about = chance.normal(size=(4, activities)).astype(np.float32)
    logit = taste @ about - 3.5 + chance.normal(size=(people, activities)).astype(np.float32) / 2
    response = 1 / (1 + np.exp(-logit))
    worth = chance.uniform(0.5, 3.0, activities).astype(np.float32)
    moved = chance.uniform(0.2, 1.0, (8, activities)).astype(np.float32)
    value = response * worth * moved[chance.integers(0, 8, people)]
    value[chance.random((people, activities)) < 0.1] = 0.0
    seats = np.full(activities, np.inf)
    few = chance.choice(activities, activities // 2, replace=False)
    seats[few] = np.ceil(chance.uniform(0.0002, 0.004, len(few)) * people)
    cap = chance.integers(0, 4, people)
    cost = np.round(chance.uniform(3, 8, activities))
    return Problem(value, response, seats, cap, cost, float(cost.mean() * cap.sum() / 2))


def feasible(problem: Problem, people: np.ndarray, activities: np.ndarray) -> bool:
    used = problem.used(people, activities)
    once = len(np.unique(people * len(problem.seats) + activities)) == len(people)
    capped = (np.bincount(people, minlength=len(problem.cap)) <= problem.cap).all()
    return bool(once and capped and (used <= problem.limits + 1e-6).all())


def bench(people: int, activities: int, seeds: int) -> dict[str, Any]:
    found = []
    for seed in range(seeds):
        problem = instance(people, activities, seed)
        started = perf_counter()
        greedy(problem)
        between = perf_counter()
        made = assign(problem)
        ended = perf_counter()
        found.append(
            {
                "seconds": round(ended - between, 2),
                "greedy_seconds": round(between - started, 2),
                "invites": len(made.people),
                "value": round(made.value, 3),
                "greedy": round(made.greedy, 3),
                "bound": round(made.bound, 3),
                "gap": made.gap,
                "over_greedy": round(made.value / made.greedy - 1, 5),
                "feasible": feasible(problem, made.people, made.activities),
            }
        )
    return {
        "people": people,
        "activities": activities,
        "seeds": seeds,
        "seconds_max": max(one["seconds"] for one in found),
        "gap_max": max(one["gap"] for one in found),
        "over_greedy_min": min(one["over_greedy"] for one in found),
        "each": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout (always so)")
    parser.add_argument("--quick", action="store_true", help="two seeds")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--activities", type=int, default=ACTIVITIES)
    args = parser.parse_args()
    print(json.dumps(bench(args.people, args.activities, 2 if args.quick else SEEDS)))


if __name__ == "__main__":
    main()
