import numpy as np
import pytest

from recsys.highest import Alike, highest


@pytest.mark.parametrize("size", [0, 1, 40, 999, 3000])
@pytest.mark.parametrize("count", [1, 7, 40])
def test_none_of_the_highest_is_missed(size: int, count: int) -> None:
    chance = np.random.default_rng(size + count)
    # Rounded, so that some are equal.
    values = chance.normal(size=size).astype(np.float32).round(2)
    found = highest(values, count)
    assert found.tolist() == sorted(set(found.tolist()))
    assert np.sort(values[found])[-count:].tolist() == np.sort(values)[-count:].tolist()
    assert len(found) <= max(4 * count, 40)


@pytest.mark.parametrize("size", [0, 1, 40, 3000])
@pytest.mark.parametrize("count", [1, 7, 40])
def test_none_of_the_highest_of_a_kind_is_missed(size: int, count: int) -> None:
    chance = np.random.default_rng(size + count)
    values = chance.normal(size=size).astype(np.float32).round(2)
    kinds = (3 * chance.random(size) ** 2).astype(int) * 5
    # One kind has only low values.
    values[kinds == kinds.max(initial=0)] -= 5
    found = Alike(kinds).highest(values, count)
    assert len(found) == len(set(found.tolist()))
    for kind in np.unique(kinds):
        own = np.sort(values[found][kinds[found] == kind])
        assert own.tolist() == np.sort(values[kinds == kind])[-count:].tolist()
