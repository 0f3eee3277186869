"""Who gets which invite: the most value under seats, caps and a budget.

With x[i, j] = 1 where person i is invited to activity j:

    max  sum v x    s.t.  sum_i load[i, j] x[i, j] <= seats[j]    (expected seats taken)
                          sum_j x[i, j] <= cap[i]
                          sum cost[j] x[i, j] <= budget,    x in {0, 1}

As one program that is millions of variables, but only m + 1 rows tie people together. Relaxed with
prices on these (Lagrange; Geoffrion 1974), each person takes their `cap` best activities at the
prices, in numpy; and since what is left is integral, the best prices bound the optimum as tightly
as the whole linear program does. The bound is convex in the prices and, over so many people, nearly
smooth, so that L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995) comes close to the lowest: first for a
sample of people, then for all. At these prices nearly everybody's choice is clear; those near the
fence are a small linear program for HiGHS, at a vertex of which at most m + 1 people are divided.
Small problems are solved to the optimum by HiGHS as they are.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp, minimize

SMALL = 2_000
EXACT_S = 5.0
SAMPLE, SEED = 10_000, 7
# How often the bound is worked out: for a sample, for all; and how often it is looked for again.
ROUNDS_ON_SAMPLE, ROUNDS, REPEATS = 150, 25, 2
# A bound that is so little lower, relatively, is no gain.
CLOSE = 2e-6
MOST_UNDECIDED, OTHERS = 3_000, 3
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Problem:
    """`value` float32 [n, m]: what inviting a person to an activity is worth, not above 0 where it
    is not to be done; `load` float32 [n, m], above 0: how many seats they take in expectation;
    `seats` float64 [m], inf without any; `cap` int [n]; `cost` float64 [m] in fen, and `budget`."""

    value: np.ndarray
    load: np.ndarray
    seats: np.ndarray
    cap: np.ndarray
    cost: np.ndarray
    budget: float = np.inf

    @property
    def limits(self) -> np.ndarray:
        """Seats of each activity and the budget, float64 [m + 1]."""
        return np.append(self.seats, self.budget)

    def used(self, people: np.ndarray, activities: np.ndarray) -> np.ndarray:
        """What some invites take of the limits, float64 [m + 1]."""
        count = len(self.seats)
        load = self.load[people, activities].astype(np.float64)
        seats = np.bincount(activities, load, count)
        return np.append(seats, self.cost[activities].sum())

    def worth(self, people: np.ndarray, activities: np.ndarray) -> float:
        return float(self.value[people, activities].astype(np.float64).sum())


@dataclass(frozen=True, slots=True)
class Assignment:
    """`people` and `activities` int [k]: invites, as rows and columns of the problem. No assignment
    is worth more than `bound`; `greedy` is what the greedy one is worth."""

    people: np.ndarray
    activities: np.ndarray
    value: float
    greedy: float
    bound: float

    @property
    def gap(self) -> float:
        """How far from the optimum this is at most, relative to the bound."""
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0 else 0.0


def assign(problem: Problem) -> Assignment:
    """The best assignment found, never worth less than the greedy one, and a bound on all."""
    greedily = greedy(problem)
    worth = problem.worth(*greedily)
    people = np.flatnonzero((problem.value > 0).any(axis=1) & (problem.cap > 0))
    if not len(people):
        return Assignment(*greedily, worth, worth, worth)
    if problem.value.size <= SMALL:
        found, bound = _exactly(problem)
    else:
        found, bound = _priced(problem)
    if (own := problem.worth(*found)) < worth:
        found, own = greedily, worth
    return Assignment(*found, own, worth, max(bound, own))


def greedy(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """The most valuable invite that is still possible, again and again."""
    none = np.zeros(0, dtype=np.int64)
    return _filled(problem, none, none)


def _filled(
    problem: Problem, people: np.ndarray, activities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Some invites, and greedily whatever else is possible beside them."""
    left = problem.limits - problem.used(people, activities)
    caps = problem.cap - np.bincount(people, minlength=len(problem.cap))
    width = len(problem.seats)
    open_ = (problem.value > 0) & (caps > 0)[:, None] & (problem.cost <= left[-1])
    if len(people):
        open_ &= problem.load <= left[:-1].astype(np.float32)
    pairs = np.flatnonzero(open_)
    pairs = pairs[np.argsort(-problem.value.ravel()[pairs], kind="stable")]
    taken = set((people * width + activities).tolist())
    own: list[int] = []
    for start in range(0, len(pairs), 50_000):
        some = pairs[start : start + 50_000]
        who, what = np.divmod(some, width)
        load = problem.load.ravel()[some].astype(np.float64)
        fits = (caps[who] > 0) & (load <= left[what] + TINY) & (problem.cost[what] <= left[-1])
        rows = np.flatnonzero(fits)
        columns = (some[rows], who[rows], what[rows], load[rows])
        for pair, i, j, seat in zip(*(one.tolist() for one in columns), strict=True):
            cost = problem.cost[j]
            if caps[i] > 0 and seat <= left[j] + TINY and cost <= left[-1] and pair not in taken:
                caps[i] -= 1
                left[j] -= seat
                left[-1] -= cost
                own.append(pair)
    added = np.divmod(np.array(own, dtype=np.int64), width)
    return np.concatenate([people, added[0]]), np.concatenate([activities, added[1]])


def _exactly(problem: Problem) -> tuple[tuple[np.ndarray, np.ndarray], float]:
    """The optimum, or the best in `EXACT_S` seconds, and a bound."""
    pairs = np.flatnonzero(problem.value > 0)
    who, what = np.divmod(pairs, len(problem.seats))
    value = problem.value.ravel()[pairs].astype(np.float64)
    rows, limits = _rows(problem, who, what, problem.limits, problem.cap)
    found = milp(
        -value,
        constraints=LinearConstraint(rows, ub=limits),
        integrality=np.ones(len(pairs)),
        bounds=Bounds(0, 1),
        options={"time_limit": EXACT_S, "mip_rel_gap": 1e-9},
    )
    bound = value.sum() if found.mip_dual_bound is None else -found.mip_dual_bound
    if found.x is None:
        return (who[:0], what[:0]), float(bound)
    kept = found.x > 0.5
    return (who[kept], what[kept]), float(bound)


def _rows(
    problem: Problem, who: np.ndarray, what: np.ndarray, limits: np.ndarray, cap: np.ndarray
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """The constraints on some pairs: of seats and budget where there are limits, of each person."""
    count, width = len(who), len(problem.seats)
    load = problem.load[who, what].astype(np.float64)
    columns = np.arange(count)
    ties = sparse.csr_matrix(
        (
            np.concatenate([load, problem.cost[what]]),
            (np.concatenate([what, np.full(count, width)]), np.tile(columns, 2)),
        ),
        shape=(width + 1, count),
    )
    bound = np.isfinite(limits)
    people, row = np.unique(who, return_inverse=True)
    own = sparse.csr_matrix((np.ones(count), (row, columns)), shape=(len(people), count))
    return sparse.vstack([ties[bound], own]).tocsr(), np.concatenate([limits[bound], cap[people]])


def _priced(problem: Problem) -> tuple[tuple[np.ndarray, np.ndarray], float]:
    """A good assignment and a bound. The program of those near the fence has prices of its own,
    which are better still where the others' choices were right."""
    prices, bound = _prices(problem)
    found = _chosen(problem, prices)
    best = found.invites
    for _ in range(REPEATS):
        lower, _ = _bound(problem, found.prices)
        if lower >= bound * (1 - CLOSE):
            break
        bound = lower
        found = _chosen(problem, found.prices)
        best = max(best, found.invites, key=lambda one: problem.worth(*one))
    return best, bound


def _prices(problem: Problem) -> tuple[np.ndarray, float]:
    """The best prices found of seats and money, float64 [m + 1], and the bound that they give."""
    count = len(problem.cap)
    start = np.zeros(len(problem.limits))
    if count < 4 * SAMPLE:
        return _lowest(problem, start, ROUNDS_ON_SAMPLE)
    some = np.random.default_rng(SEED).choice(count, SAMPLE, replace=False)
    share = SAMPLE / count
    part = Problem(
        problem.value[some],
        problem.load[some],
        problem.seats * share,
        problem.cap[some],
        problem.cost,
        problem.budget * share,
    )
    return _lowest(problem, _lowest(part, start, ROUNDS_ON_SAMPLE)[0], ROUNDS)


def _lowest(problem: Problem, start: np.ndarray, rounds: int) -> tuple[np.ndarray, float]:
    """The prices with the lowest bound found from some on, float64 [m + 1], and that bound."""
    priced = np.isfinite(problem.limits)
    most = np.maximum(_highest(problem)[priced], TINY)
    best: list[Any] = [np.inf, start]

    def bound(shares: np.ndarray) -> tuple[float, np.ndarray]:
        prices = np.zeros(len(start))
        prices[priced] = shares * most
        found, slope = _bound(problem, prices)
        if found < best[0]:
            best[:] = found, prices
        return found, slope[priced] * most

    if not priced.any():
        return start, _bound(problem, start)[0]
    minimize(
        bound,
        np.clip(start[priced] / most, 0.0, 1.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(most),
        options={"maxfun": rounds, "maxiter": rounds, "maxls": 10, "ftol": 1e-9, "maxcor": 20},
    )
    prices: np.ndarray = best[1]
    return prices, float(best[0])


def _highest(problem: Problem) -> np.ndarray:
    """Prices at which nobody would take anything, float64 [m + 1]."""
    ratio = np.where(problem.value > 0, problem.value / np.maximum(problem.load, TINY), 0.0)
    cost = np.maximum(problem.cost, TINY)
    money = (problem.value.max(axis=0) / cost)[problem.cost > 0]
    return np.append(ratio.max(axis=0), money.max(initial=0.0)).astype(np.float64)


def _net(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """What invites are worth at some prices, float32 [n, m]."""
    net = problem.load * prices[:-1].astype(np.float32)
    np.subtract(problem.value, net, out=net)
    net -= (prices[-1] * problem.cost).astype(np.float32)
    net[problem.value <= 0] = -1.0
    return np.asarray(net)


def _bound(problem: Problem, prices: np.ndarray) -> tuple[float, np.ndarray]:
    """The bound that some prices give, and its slope by the prices float64 [m + 1]."""
    net = _net(problem, prices)
    who, what, gained = _best(net, problem.cap)
    finite = np.isfinite(problem.limits)
    slope = np.zeros(len(prices))
    slope[finite] = (problem.limits - problem.used(who, what))[finite]
    paid = float(problem.limits[finite] @ prices[finite])
    return paid + float(gained.astype(np.float64).sum()), slope


def _best(net: np.ndarray, cap: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each person's `cap` best activities that are worth anything: (person, activity, worth).

    Overwrites `net` where they stand.
    """
    people = np.flatnonzero(cap > 0)
    who, what, gained = [], [], []
    for turn in range(int(cap.max(initial=0))):
        people = people[cap[people] > turn]
        rows = net if len(people) == len(net) else net[people]
        column = rows.argmax(axis=1)
        worth = net[people, column]
        good = worth > 0
        people, column = people[good], column[good]
        net[people, column] = -1.0
        who.append(people)
        what.append(column)
        gained.append(worth[good])
        if not len(people):
            break
    empty = np.zeros(0, dtype=np.int64)
    return (
        np.concatenate([empty, *who]),
        np.concatenate([empty, *what]),
        np.concatenate([np.zeros(0, np.float32), *gained]),
    )


class _Chosen(NamedTuple):
    invites: tuple[np.ndarray, np.ndarray]
    prices: np.ndarray


def _chosen(problem: Problem, prices: np.ndarray) -> _Chosen:
    """An assignment at good prices, and prices of it: clear choices stay, HiGHS divides what is
    left among the people near the fence, and what is possible beside it is added."""
    net = _net(problem, prices)
    who, what, _ = _best(net.copy(), problem.cap)
    undecided = _near_the_fence(problem, net, who, what)
    clear = ~undecided[who]
    fixed = _within(problem, who[clear], what[clear])
    left = np.maximum(problem.limits - problem.used(*fixed), 0.0)
    # What else there is would not be taken at prices anywhere near these.
    net[problem.value <= 0] = -np.inf
    rows, columns = _first(net, np.flatnonzero(undecided), problem.cap + OTHERS)
    matrix, limits = _rows(problem, rows, columns, left, problem.cap)
    value = problem.value[rows, columns].astype(np.float64)
    found = linprog(-value, A_ub=matrix, b_ub=limits, bounds=(0, 1), method="highs")
    if found.x is None:
        return _Chosen(_filled(problem, *fixed), prices)
    whole = found.x > 1 - 1e-6
    people = np.concatenate([fixed[0], rows[whole]])
    activities = np.concatenate([fixed[1], columns[whole]])
    own = np.zeros(len(prices))
    bound = np.isfinite(left)
    own[bound] = np.maximum(-found.ineqlin.marginals[: bound.sum()], 0.0)
    return _Chosen(_filled(problem, people, activities), own)


def _first(net: np.ndarray, people: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """The pairs of some people with their first `counts` (int [n]) activities."""
    most = min(int(counts[people].max(initial=0)), net.shape[1])
    order = np.argsort(-net[people], axis=1, kind="stable")[:, :most]
    wanted = np.arange(most) < counts[people][:, None]
    wanted &= np.isfinite(np.take_along_axis(net[people], order, axis=1))
    row, place = np.nonzero(wanted)
    return people[row], order[row, place]


def _near_the_fence(
    problem: Problem, net: np.ndarray, who: np.ndarray, what: np.ndarray
) -> np.ndarray:
    """bool [n]: those whose choice would be another at slightly other prices, `MOST_UNDECIDED`."""
    count = len(problem.cap)
    worst = np.full(count, np.inf)
    np.minimum.at(worst, who, net[who, what].astype(np.float64))
    rest = net.copy()
    rest[who, what] = -np.inf
    rest[problem.value <= 0] = -np.inf
    full = np.bincount(who, minlength=count) >= problem.cap
    next_ = np.maximum(rest.max(axis=1), 0.0, where=full, out=rest.max(axis=1))
    # Of one with room left, how near the next is to being worth anything; or the worst to nothing.
    margin = np.where(full, worst - next_, np.minimum(worst, -next_))
    margin[(problem.cap <= 0) | ~(problem.value > 0).any(axis=1)] = np.inf
    near = np.argsort(margin, kind="stable")[:MOST_UNDECIDED]
    undecided = np.zeros(count, dtype=bool)
    undecided[near[np.isfinite(margin[near])]] = True
    return undecided


def _within(
    problem: Problem, people: np.ndarray, activities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of some invites those that the limits allow, the most valuable for what they take first."""
    density = problem.value[people, activities] / problem.load[people, activities]
    order = np.argsort(-density, kind="stable")
    people, activities = people[order], activities[order]
    load = problem.load[people, activities].astype(np.float64)
    kept = np.ones(len(people), dtype=bool)
    for column in np.flatnonzero(np.isfinite(problem.seats)):
        own = np.flatnonzero(activities == column)
        kept[own] = np.cumsum(load[own]) <= problem.seats[column] + TINY
    people, activities = people[kept], activities[kept]
    affordable = np.cumsum(problem.cost[activities]) <= problem.budget
    return people[affordable], activities[affordable]
