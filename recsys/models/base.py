"""What every collaborative-filtering model does, so that one loop can tune, measure and serve all.

A model is one file: its settings (a frozen pydantic dataclass that refuses what it doesn't know),
a subclass of `Model`, and its `FAMILY`, which `registry.py` lists.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from pydantic import ConfigDict
from scipy import sparse

from recsys.models.parts import Part

# Settings are written down with a model: a name that nobody reads must not pass.
CHECKED = ConfigDict(extra="forbid")
# Up to here items by items fits as a dense matrix, which is quicker to multiply with.
DENSE_ITEMS = 6_000
# As many columns of weights for some thousand items stay in a core's cache.
COLUMNS = 128


class Unfit(Exception):
    """A model isn't made for data of this size; the message says why."""


class NotFitted(Exception):
    """A model was asked what it learned before it learned anything."""


class Watch(Protocol):
    """Who looks on while a model of many epochs is fitted. May raise, to end the fit."""

    def resumed(self) -> Mapping[str, Any] | None:
        """The state after the last epoch before a restart: `epoch`, and what the model gave."""

    def epoch(self, number: int, state: Callable[[], dict[str, Any]], **figures: float) -> None:
        """Tells that an epoch (from 1) is done; `state` is all that the next one depends on."""


class Nobody:
    """A watch that doesn't look."""

    def resumed(self) -> None:
        return None

    def epoch(self, number: int, state: Callable[[], dict[str, Any]], **figures: float) -> None:
        pass


class Model(ABC):
    """Made from settings of its own module.

    Example:
        >>> import numpy as np
        >>> from recsys.models.ease import EASE, Settings
        >>> taken = sparse.csr_matrix(np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], np.float32))
        >>> model = EASE(Settings(ridge=1.0))
        >>> model.fit(taken)
        >>> model.scores(np.array([0, 2])).shape
        (2, 3)
    """

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.is_fitted = False

    def fit(self, matrix: sparse.csr_matrix, watch: Watch = Nobody()) -> None:  # noqa: B008
        """Learns from confidences, CSR float32 [users, items], zero where nothing is known.

        Raises Unfit, and what the watch raises.
        """
        self.is_fitted = False
        self._fit(matrix, watch)
        self.is_fitted = True

    def scores(self, users: np.ndarray) -> np.ndarray:
        """float32 [n, items] for n user rows of the matrix that was fitted; higher is better.

        Raises NotFitted.
        """
        self._asked()
        return self._scores(users)

    def parts(self) -> list[Part]:
        """What was learned, for people whom the model has not met: see `Part`. Raises NotFitted."""
        self._asked()
        return self._parts()

    def _asked(self) -> None:
        if not self.is_fitted:
            raise NotFitted(f"{type(self).__name__} has learned nothing yet: call fit first.")

    @abstractmethod
    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None: ...

    @abstractmethod
    def _scores(self, users: np.ndarray) -> np.ndarray: ...

    @abstractmethod
    def _parts(self) -> list[Part]: ...


@dataclass(frozen=True, slots=True)
class Family:
    """A model's unique name, its settings' class, how it is made of these, and what is tried of
    them, the safest first: `quick` is for every training, `grid` for whoever has the time."""

    name: str
    settings: type[Any]
    make: Callable[[Any], Model]
    grid: Sequence[Any]
    quick: Sequence[Any] = ()


@runtime_checkable
class ItemItem(Protocol):
    """Once it is fitted, its scores are `sums` of these; None where items are too many for that."""

    columns: list[torch.Tensor] | None


@runtime_checkable
class Factors(Protocol):
    """Once it is fitted, score(u, i) = p_u · q_i + b_i: float32 [users, f], [items, f], [items]."""

    user: torch.Tensor
    item: torch.Tensor
    bias: torch.Tensor


def epochs(settings: Any) -> int:
    """How many steps a fit of these settings tells its watch of; 0 for a closed form."""
    return int(getattr(settings, "epochs", 0))


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
