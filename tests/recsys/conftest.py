import numpy as np
import pytest

from recsys.dataset import Interactions, build
from recsys.log import Log, Signal
from recsys.models.embeddings import Settings
from recsys.models.parts import Part
from recsys.training import Trained, train
from sample.behaviour import generate, load_items
from tests.recsys.data import NOW

GRID = (Settings("bpr", penalty=0.03, epochs=12), Settings(penalty=0.03, epochs=12))


ITEMS = load_items()


@pytest.fixture(scope="session")
def acts() -> list[Signal]:
    """What 600 users of the sample did."""
    return [
        Signal(s.user, s.object, s.verb, s.value, s.occurred_at)
        for s in generate(ITEMS, users=600, now=NOW).signals
        if s.object_type == "item"
    ]


@pytest.fixture(scope="session")
def interactions(acts: list[Signal]) -> Interactions:
    return build(Log.of(acts), [item["id"] for item in ITEMS], NOW)


@pytest.fixture(scope="session")
def trained(interactions: Interactions) -> Trained:
    return train(interactions, GRID)


@pytest.fixture
def small() -> Trained:
    """Three items; `a` and `b` go together, `c` is apart and the most popular one."""
    return Trained(
        items=("a", "b", "c"),
        parts=(Part.folded(np.array([[1, 0], [1, 0.1], [0, 1]])),),
        popularity=np.array([5, 10, 90], dtype=np.float32),
        settings={"factors": 2},
        metrics={"ndcg@10": 0.5},
    )
