"""What every collaborative-filtering model does, so that one loop can tune and measure all."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from scipy import sparse

# Up to here items by items fits as a dense matrix, which is quicker to multiply with.
DENSE_ITEMS = 6_000
# As many columns of weights for some thousand items stay in a core's cache.
COLUMNS = 128


class Model(Protocol):
    """Made from a settings dataclass of its own module; `settings` is that dataclass."""

    @property
    def settings(self) -> Any: ...

    def fit(self, matrix: sparse.csr_matrix) -> None:
        """Learns from confidences, CSR float32 [users, items], zero where nothing is known."""

    def scores(self, users: np.ndarray) -> np.ndarray:
        """float32 [n, items] for n user rows of the matrix that was fitted; higher is better."""


@runtime_checkable
class ItemItem(Model, Protocol):
    """Once it is fitted, its scores are `sums` of these; None where items are too many for that."""

    columns: list[torch.Tensor] | None


@runtime_checkable
class Factors(Model, Protocol):
    """Once it is fitted, score(u, i) = p_u · q_i + b_i: float32 [users, f], [items, f], [items]."""

    user: torch.Tensor
    item: torch.Tensor
    bias: torch.Tensor


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


def in_columns(weights: np.ndarray) -> list[torch.Tensor]:
    """float32 [items, n] in blocks of columns, a copy: `sums` reads each from a core's cache."""
    starts = range(0, weights.shape[1], COLUMNS)
    return [torch.from_numpy(weights[:, at : at + COLUMNS].copy(order="C")) for at in starts]


def sums(rows: sparse.csr_matrix, columns: Sequence[torch.Tensor]) -> np.ndarray:
    """rows @ weights, float32 [users, n], for rows of ones and weights of `in_columns`."""
    places, starts = torch.from_numpy(rows.indices), torch.from_numpy(rows.indptr)
    blocks = [
        torch.nn.functional.embedding_bag(
            places, block, starts, mode="sum", include_last_offset=True
        )
        for block in columns
    ]
    return np.asarray(torch.cat(blocks, dim=1).numpy())


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
