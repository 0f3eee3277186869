"""The log as columns says what the same signals say one by one, to the last digit."""

from datetime import timedelta

import numpy as np
import pytest

from recsys import log as logs
from recsys.confidence import WORTH, Confidence
from recsys.dataset import LAST, build, parted
from recsys.log import Log, Signal
from tests.recsys import one_by_one
from tests.recsys.data import NOW

ITEMS = [f"course-{number}" for number in range(40)]
VERBS = (*WORTH, "invited", "answer_rated")
UNITS = (None, "fraction", "seconds")


def tangled(count: int = 4000, users: int = 150, times: int = 40) -> list[Signal]:
    """Acts of all kinds, undone and done again, repeated, at few times: many come at once, some
    lie ahead; items that are no longer there, users with one act, amounts of each unit."""
    chance = np.random.default_rng(5)
    acts = []
    for _ in range(count):
        user = int(users * chance.random() ** 2) * 1_000_003
        item = f"course-{int(45 * chance.random() ** 1.5)}"
        verb = VERBS[chance.integers(len(VERBS))]
        value = [None, 0.0, 0.4, 1.0, 900.0, -3.0, 1e9][chance.integers(7)]
        ago = timedelta(days=float(chance.integers(-2, times)), microseconds=7)
        acts.append(Signal(user, item, verb, value, NOW - ago, UNITS[chance.integers(3)]))
        if chance.random() < 0.1:
            acts.append(acts[-1])
    return sorted(acts, key=lambda act: act.time)


@pytest.fixture(scope="module")
def acts() -> list[Signal]:
    return tangled()


@pytest.fixture(params=[logs.BLOCK, 100], ids=["at once", "in blocks"])
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BLOCK", request.param)


@pytest.mark.usefixtures("_blocks")
def test_confidences_are_those_of_the_signals_one_by_one(acts: list[Signal]) -> None:
    found = Confidence().pairs(acts, NOW)
    # To the last bit but few: NumPy's powers are not those of `math` on every processor.
    assert found == pytest.approx(one_by_one.pairs(acts, NOW), rel=1e-12)
    assert {value > 0 for value in found.values()} == {True, False}
    shuffled = [acts[n] for n in np.random.default_rng(1).permutation(len(acts))]
    assert Confidence().pairs(shuffled, NOW) == pytest.approx(found)


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("undated", [False, True])
def test_matrix_and_splits_are_those_of_the_signals_one_by_one(
    acts: list[Signal], undated: bool
) -> None:
    if undated:
        acts = [act._replace(time=NOW) for act in acts]
    data = build(Log.of(acts), ITEMS, NOW)
    truth = {p: v for p, v in one_by_one.pairs(acts, NOW).items() if v > 0 and p[1] in ITEMS}
    rows, columns = data.matrix.nonzero()
    assert data.signals == sum(act.item in ITEMS for act in acts)
    assert [(data.users[r], ITEMS[c]) for r, c in zip(rows, columns, strict=True)] == sorted(
        truth, key=lambda pair: (pair[0], ITEMS.index(pair[1]))
    )
    for row, column in zip(rows, columns, strict=True):
        assert data.matrix[row, column] == np.float32(truth[data.users[row], ITEMS[column]])
    last = one_by_one.last_items(acts, ITEMS, NOW)
    held_out = zip(data.users, data.held_out.tolist(), strict=True)
    assert {user: ITEMS[column] for user, column in held_out if column >= 0} == last
    earlier, since = one_by_one.parted(acts, ITEMS, LAST)
    before, later, _ = parted(Log.of(acts), ITEMS)
    expected = build(Log.of(earlier), ITEMS, max(act.time for act in earlier))
    assert (before.users, before.signals) == (expected.users, expected.signals)
    assert (before.held_out == expected.held_out).all()
    rows, columns = later.nonzero()
    found = {(before.users[r], ITEMS[c]) for r, c in zip(rows, columns, strict=True)}
    assert found == {pair for pair in since if pair[0] in before.users}


def test_parts_of_a_log_join_to_the_whole(acts: list[Signal]) -> None:
    log = Log.of(acts)
    joined = Log.joined([Log.of(acts[:300]), Log.of([]), Log.of(acts[300:])])
    assert joined.digest() == log.digest()
    assert log[:300].digest() == Log.of(acts[:300]).digest() != log[:301].digest()
    one = acts[0]._replace(item="course-9")
    assert Log.of([one, *acts[1:]]).digest() != log.digest()
