"""GF-CF: a linear filter on the graph of users and items plus an ideal low-pass one.

Shen et al. 2021, "How Powerful is Graph Convolution for Recommendation?", equation 12.
"""

from collections.abc import Sequence
from typing import Any

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
# Of the search for its vectors: how often it is repeated, and vectors beside those looked for.
ROUNDS, SPARE = 5, 10
QUICK = (Settings(32), Settings(8), Settings(128), Settings(128, 1.0))


def leading(factors: Sequence[Any], count: int, seed: int) -> np.ndarray:
    """The first eigenvectors of a product of float32 matrices that is symmetric and has no negative
    eigenvalue, float32 [count, n], by subspace iteration (Halko et al. 2011, algorithm 4.4)."""

    # scikit-learn's randomized_svd would do; to import it takes a tenth of a GB and a second.
    def product(vectors: np.ndarray) -> np.ndarray:
        for factor in reversed(factors):
            vectors = factor @ vectors
        return vectors

    size = factors[-1].shape[1]
    width = min(count + SPARE, size)
    basis = np.random.default_rng(seed).standard_normal((size, width), dtype=np.float32)
    for _ in range(ROUNDS):
        basis, _ = np.linalg.qr(product(basis))
    _, turned = np.linalg.eigh(basis.T @ product(basis))
    return np.asarray((basis @ turned[:, ::-1][:, :count]).T)


class GraphFilter(Model):
    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        self.matrix = binary(matrix)
        user = np.maximum(degrees(matrix, axis=1), 1) ** -0.5
        item = np.maximum(degrees(matrix, axis=0), 1) ** -0.5
        graph = sparse.diags(user) @ self.matrix @ sparse.diags(item)
        graph = graph.tocsr().astype(np.float32)
        linear = (graph.T @ graph).tocsr()
        self.columns = None
        if is_dense := matrix.shape[1] <= DENSE_ITEMS:
            linear = linear.toarray()
        factors = min(self.settings.factors, min(graph.shape) - 1)
        by_users = graph.T, graph
        right = leading((linear,) if is_dense else by_users, factors, self.settings.seed)
        self.into = (right.T * item[:, None]).astype(np.float32)
        self.back = (right / item * self.settings.low_pass).astype(np.float32)
        if is_dense:
            linear += self.into @ self.back
            self.columns = in_columns(linear)
        self.linear = linear

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
