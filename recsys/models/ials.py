"""iALS: least squares over all pairs, solved exactly for one side after the other.

Hu, Koren, Volinsky 2008 with the objective and the frequency-scaled penalty of Rendle et al. 2021,
"Revisiting the Performance of iALS on Item Recommendation Benchmarks":

    sum over known pairs of c (1 - p·q)² + unknown · sum over all pairs of (p·q)²
    + ridge · sum over rows of (own pairs + unknown · other side)^scaling · |row|²
"""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from scipy import sparse
from torch import Tensor

from recsys.models.base import CHECKED, Family, Model, Watch
from recsys.models.parts import Part

BLOCK = 2**24  # numbers in one padded block


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    factors: PositiveInt = 64
    unknown: PositiveFloat = 0.1
    ridge: PositiveFloat = 0.01
    scaling: NonNegativeFloat = 1.0
    epochs: PositiveInt = 12
    seed: int = 7


GRID = (
    Settings(ridge=0.1, unknown=1.0),
    *(
        Settings(factors=factors, unknown=unknown, ridge=ridge)
        for factors in (16, 64, 128)
        for unknown in (0.1, 0.3)
        for ridge in (0.003, 0.01, 0.03)
    ),
)
QUICK = (Settings(ridge=0.1, unknown=1.0), Settings(ridge=0.01), Settings(ridge=0.003))


class IALS(Model):
    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        own = self.settings
        generator = torch.Generator().manual_seed(own.seed)
        users, items = matrix.shape
        spread = 0.1 / own.factors**0.5
        self.user = torch.randn(users, own.factors, generator=generator) * spread
        self.item = torch.randn(items, own.factors, generator=generator) * spread
        self.bias = torch.zeros(items)
        by_user, by_item = matrix.tocsr(), matrix.T.tocsr()
        done = 0
        if state := watch.resumed():
            done, self.user, self.item = state["epoch"], state["user"], state["item"]
        for epoch in range(done + 1, own.epochs + 1):
            started = perf_counter()
            self._solve(by_user, self.item, self.user)
            self._solve(by_item, self.user, self.item)
            watch.epoch(epoch, self._state, seconds=perf_counter() - started)
        counts = float(np.diff(by_user.indptr).mean()) if users else 0.0
        self.user_ridge = own.ridge * (counts + own.unknown * items) ** own.scaling

    def _state(self) -> dict[str, Any]:
        return {"user": self.user, "item": self.item}

    def _parts(self) -> list[Part]:
        """As a user's row is solved, but for the penalty, which is that of a usual user."""
        item = self.item.numpy()
        ridge = self.user_ridge * np.eye(item.shape[1])
        return [Part.folded(item, self.settings.unknown * item.T @ item + ridge)]

    def _scores(self, users: np.ndarray) -> np.ndarray:
        return np.asarray((self.user[torch.from_numpy(users)] @ self.item.T).numpy())

    def _solve(self, matrix: sparse.csr_matrix, fixed: Tensor, out: Tensor) -> None:
        """Sets each row of `out` to its best value while the other side is fixed."""
        own = self.settings
        counts = torch.from_numpy(np.diff(matrix.indptr).astype(np.float32))
        ridge = own.ridge * (counts + own.unknown * len(fixed)) ** own.scaling
        # In the eigenbasis of what all rows share, that part is diagonal whatever the ridge.
        shared, basis = torch.linalg.eigh(own.unknown * (fixed.T @ fixed))
        turned = fixed @ basis
        out[counts == 0] = 0
        for rows, others, weight in _blocks(matrix, own.factors):
            # Weighted rows of the other side, [n, length, factors]; padding is zero.
            near = turned[others] * weight[:, :, None]
            diagonal = shared.clamp(min=0) + ridge[rows, None]
            if near.shape[1] < own.factors:
                # By the push-through identity the system has one row a pair, not one a factor.
                scaled = near / diagonal[:, None, :]
                system = scaled @ near.transpose(1, 2)
                system.diagonal(dim1=1, dim2=2).add_(1)
                solved = scaled.transpose(1, 2) @ _solve_each(system, weight[:, :, None])
            else:
                system = near.transpose(1, 2) @ near
                system.diagonal(dim1=1, dim2=2).add_(diagonal)
                solved = _solve_each(system, near.transpose(1, 2) @ weight[:, :, None])
            out[rows] = solved[:, :, 0] @ basis.T


def _solve_each(system: Tensor, right: Tensor) -> Tensor:
    return torch.cholesky_solve(right, torch.linalg.cholesky(system))


def _blocks(matrix: sparse.csr_matrix, factors: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Rows of about one length at a time: (rows [n], columns [n, length], √confidence likewise),
    padded with weight 0."""
    counts = np.diff(matrix.indptr)
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] > 0]
    start = 0
    while start < len(order):
        # As many rows as fit, none more than half longer than the first.
        longest = int(counts[order[start]] * 1.5) + 2
        end = start + int(np.searchsorted(counts[order[start:]], longest, side="right"))
        end = min(end, start + max(1, BLOCK // (longest * factors + factors**2)))
        rows = order[start:end]
        length = int(counts[rows[-1]])
        places = matrix.indptr[rows][:, None] + np.arange(length)
        real = np.arange(length) < counts[rows][:, None]
        places = np.where(real, places, 0)
        weight = np.sqrt(np.where(real, matrix.data[places], 0)).astype(np.float32)
        others = matrix.indices[places].astype(np.int64)
        yield torch.from_numpy(rows), torch.from_numpy(others), torch.from_numpy(weight)
        start = end


FAMILY = Family("ials", Settings, IALS, GRID, QUICK)
