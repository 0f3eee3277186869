"""GF-CF: a linear filter on the graph of users and items plus an ideal low-pass one.

Shen et al. 2021, "How Powerful is Graph Convolution for Recommendation?", equation 12.
"""

import numpy as np
import torch
from pydantic import NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass
from scipy import sparse

from recsys.models.base import (
    CHECKED,
    DENSE_ITEMS,
    Family,
    Model,
    Watch,
    binary,
    degrees,
    in_columns,
    sums,
)
from recsys.models.parts import Part


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    factors: PositiveInt = 256
    low_pass: NonNegativeFloat = 0.3
    seed: int = 7


GRID = (Settings(), Settings(64), Settings(128), Settings(512), Settings(128, 1.0))
QUICK = (Settings(32), Settings(8), Settings(128), Settings(128, 1.0))


class GraphFilter(Model):
    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        from sklearn.utils.extmath import randomized_svd  # a tenth of a GB, and few need it

        self.matrix = binary(matrix)
        user = np.maximum(degrees(matrix, axis=1), 1) ** -0.5
        item = np.maximum(degrees(matrix, axis=0), 1) ** -0.5
        graph = sparse.diags(user) @ self.matrix @ sparse.diags(item)
        graph = graph.tocsr().astype(np.float32)
        factors = min(self.settings.factors, min(graph.shape) - 1)
        _, _, right = randomized_svd(
            graph, factors, n_iter=4, random_state=self.settings.seed, flip_sign=False
        )
        self.into = (right.T * item[:, None]).astype(np.float32)
        self.back = (right / item * self.settings.low_pass).astype(np.float32)
        linear = graph.T @ graph
        self.columns = None
        if matrix.shape[1] <= DENSE_ITEMS:
            self.linear = linear.toarray() + self.into @ self.back
            self.columns = in_columns(self.linear)
        else:
            self.linear = linear.tocsr()

    def _scores(self, users: np.ndarray) -> np.ndarray:
        rows = self.matrix[users]
        if self.columns is not None:
            return sums(rows, self.columns)
        smooth = torch.from_numpy(rows @ self.into) @ torch.from_numpy(self.back)
        return np.asarray((rows @ self.linear).toarray() + smooth.numpy())

    def _parts(self) -> list[Part]:
        if self.columns is not None:
            return [Part(np.asarray(self.linear.T, dtype=np.float32, order="C"))]
        # What keeps the direct neighbours apart is too large to serve of so many items.
        return [Part(np.ascontiguousarray(self.back.T), self.into)]


FAMILY = Family("graph_filter", Settings, GraphFilter, GRID, QUICK)
