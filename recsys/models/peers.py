"""The `implicit` package's ALS and BPR behind our interface, to compare with. Optional."""

from abc import abstractmethod
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys.models.base import CHECKED, Family, Model, Unfit, Watch
from recsys.models.parts import Part


@dataclass(frozen=True, slots=True, config=CHECKED)
class ALSSettings:
    factors: PositiveInt = 64
    regularization: NonNegativeFloat = 60.0
    alpha: PositiveFloat = 5.0
    epochs: PositiveInt = 15


@dataclass(frozen=True, slots=True, config=CHECKED)
class BPRSettings:
    factors: PositiveInt = 64
    learning_rate: PositiveFloat = 0.05
    regularization: NonNegativeFloat = 0.01
    epochs: PositiveInt = 100


ALS_GRID = tuple(
    ALSSettings(factors, regularization, alpha)
    for factors in (16, 64, 128, 256)
    for regularization, alpha in ((60.0, 5.0), (20.0, 1.0), (20.0, 10.0))
)
BPR_GRID = tuple(
    BPRSettings(64, rate, regularization)
    for rate in (0.02, 0.05)
    for regularization in (0.01, 0.05)
)


class Implicit(Model):
    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        """Raises Unfit where the package isn't installed."""
        if find_spec("implicit") is None:
            raise Unfit("the package implicit isn't installed: pip install 'chezhi[peers]'")
        options = asdict(self.settings)
        options["iterations"] = options.pop("epochs")
        self.matrix = matrix
        self.model = self._make(**options, random_state=7)
        # Its own threads and those of BLAS would wait for each other.
        with threadpool_limits(1, "blas"):
            self.model.fit(matrix, show_progress=False)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.user_factors[users] @ self.model.item_factors.T)

    def _parts(self) -> list[Part]:
        """None: a peer is only measured."""
        raise Unfit("the package implicit's models are here to be compared with, not to be served")

    def lists(self, users: np.ndarray, k: int) -> np.ndarray:
        """Its own top k of unseen items, int32 [users, k]: its speed is its own."""
        self._asked()
        own = self.matrix[users]
        with threadpool_limits(1, "blas"):
            found = self.model.recommend(users, own, N=k, filter_already_liked_items=True)
        return np.asarray(found[0])

    @abstractmethod
    def _make(self, **options: Any) -> Any: ...


class ImplicitALS(Implicit):
    def _make(self, **options: Any) -> Any:
        from implicit.als import AlternatingLeastSquares

        return AlternatingLeastSquares(**options)


class ImplicitBPR(Implicit):
    def _make(self, **options: Any) -> Any:
        from implicit.bpr import BayesianPersonalizedRanking

        return BayesianPersonalizedRanking(**options)


FAMILIES = (
    Family("implicit_als", ALSSettings, ImplicitALS, ALS_GRID),
    Family("implicit_bpr", BPRSettings, ImplicitBPR, BPR_GRID),
)
