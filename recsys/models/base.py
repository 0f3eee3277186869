"""What every collaborative-filtering model does, so that one loop can tune and measure all."""

from typing import Any, Protocol

import numpy as np
import torch
from scipy import sparse


class Model(Protocol):
    """Made from a settings dataclass of its own module; `settings` is that dataclass."""

    @property
    def settings(self) -> Any: ...

    def fit(self, matrix: sparse.csr_matrix) -> None:
        """Learns from confidences, CSR float32 [users, items], zero where nothing is known."""

    def scores(self, users: np.ndarray) -> np.ndarray:
        """float32 [n, items] for n user rows of the matrix that was fitted; higher is better."""


class Unfit(Exception):
    """A model isn't made for data of this size; the message says why."""


def binary(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The matrix with every positive confidence made 1."""
    ones = matrix.astype(np.float32)
    ones.data = np.ones_like(ones.data)
    return ones


def degrees(matrix: sparse.csr_matrix, axis: int) -> np.ndarray:
    """Entries per item (axis 0) or per user (axis 1), float64."""
    return np.asarray(matrix.getnnz(axis=axis), dtype=float)


def times_dense(rows: sparse.csr_matrix, weights: np.ndarray) -> np.ndarray:
    """rows @ weights; dense rows are worth multiplying by all cores."""
    if rows.nnz > 0.01 * rows.shape[0] * rows.shape[1]:
        dense = torch.from_numpy(rows.toarray()) @ torch.from_numpy(weights)
        return np.asarray(dense.numpy())
    return np.asarray(rows @ weights)


def nearest(similarity: np.ndarray, k: int) -> sparse.csr_matrix:
    """The k largest positive entries of each row, CSR."""
    k = min(k, similarity.shape[1])
    values, columns = torch.from_numpy(similarity).topk(k, dim=1)
    rows = np.repeat(np.arange(len(similarity)), k)
    kept = sparse.csr_matrix(
        (values.numpy().ravel(), (rows, columns.numpy().ravel())), shape=similarity.shape
    )
    kept.data[kept.data < 0] = 0
    kept.eliminate_zeros()
    return kept
