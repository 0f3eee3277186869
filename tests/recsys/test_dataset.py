import numpy as np
import pytest

from recsys import dataset
from recsys.confidence import Confidence
from recsys.dataset import MIN_USERS, TooLittleData, build, split
from recsys.log import Log, Signal
from tests.recsys.data import NOW, signal

ITEMS = [f"item-{number}" for number in range(12)]


def crowd(users: int = 25, each: int = 10) -> list[Signal]:
    """Each user takes up items 0, 1, 2 … one day after the other."""
    return [
        signal(user, ITEMS[number], days_ago=each - number)
        for user in range(users)
        for number in range(each)
    ]


def test_the_matrix_holds_the_confidences() -> None:
    signals = [*crowd(), signal(3, "item-0", "liked"), signal(99, "gone"), signal(98, "item-0")]
    data = build(Log.of(signals), ITEMS, NOW)
    assert data.users == (*range(25), 98)
    assert data.items == tuple(ITEMS)
    pairs = Confidence().pairs(signals, NOW)
    for (user, item), value in pairs.items():
        if item in ITEMS:
            cell = data.matrix[data.users.index(user), ITEMS.index(item)]
            assert cell == pytest.approx(value, rel=1e-6)
    assert data.matrix.nnz == 251


def test_the_split_holds_out_what_each_user_took_up_last() -> None:
    signals = [
        *crowd(),
        # Returning to an old item later doesn't make it the last one taken up.
        signal(0, "item-4", "liked", days_ago=0),
        # An undone item is no item of theirs.
        signal(1, "item-9", "refunded", days_ago=0),
        # Two items are too few to learn from one.
        signal(50, "item-0"),
        signal(50, "item-1"),
    ]
    data = build(Log.of(signals), ITEMS, NOW)
    held_out = dict(zip(data.users, data.held_out.tolist(), strict=True))
    assert (held_out[0], held_out[1], held_out[2], held_out[50]) == (9, 8, 9, -1)
    known = split(data)
    for row, column in enumerate(data.held_out):
        before, after = data.matrix[row].toarray()[0], known[row].toarray()[0]
        if column >= 0:
            assert after[column] == 0 < before[column]
            before[column] = 0
        assert (before == after).all()
    assert known.nnz == data.matrix.nnz - (data.held_out >= 0).sum()


def test_of_one_time_chance_holds_out_for_each_user_another() -> None:
    undated = [signal._replace(time=NOW) for signal in crowd()]
    held_out = build(Log.of(undated), ITEMS, NOW).held_out
    assert len(set(held_out.tolist())) > 5
    assert (held_out == build(Log.of(undated[::-1]), ITEMS, NOW).held_out).all()


@pytest.mark.parametrize(
    ("signals", "told"),
    [
        ([], "There are 0 positive pairs of 0 users; training needs at least 200 of 20"),
        (crowd(19, 12), "There are 228 positive pairs of 19 users"),
        (crowd(25, 7), "There are 175 positive pairs of 25 users"),
        ([*crowd(), *(s._replace(verb="refunded") for s in crowd())], "There are 0 positive"),
        (crowd(120, 2), "0 users took up three items or more; validation needs at least 20"),
    ],
)
def test_too_little_data_is_refused(signals: list[Signal], told: str) -> None:
    with pytest.raises(TooLittleData, match=told):
        build(Log.of(signals), ITEMS, NOW)


def test_just_enough_is_enough() -> None:
    data = build(Log.of(crowd(MIN_USERS, dataset.MIN_PAIRS // MIN_USERS)), ITEMS, NOW)
    assert np.count_nonzero(data.held_out >= 0) == MIN_USERS
