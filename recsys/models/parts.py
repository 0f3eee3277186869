"""What a model learned, in the one form that is kept on disk and served.

Whoever has a history gets scores from it, met in training or not: nobody's own vector is kept. A
score is a sum over the history, so each item of it can be named as a reason.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy import sparse

# An item-item model of this many items takes 100 MB, and is held whole by every process.
MOST_ITEM_ITEM = 5_000
# Ridge of a fold-in, chosen on held-out items of the sample's behaviour: see docs/benchmarks.md.
RIDGE = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """One of the summands of a model's scores, times `share`.

    With w the weights of a history's items (the logarithm of 1 + confidence, negative for unwanted
    ones) it is one of three:

    - item-item, without `into` and `prior`: `out` float32 [items, items], of which row i is what
      each item of a history adds to item i;
    - pooled: `out` [items, f] times the sum of the history's rows of `into` [items, f];
    - folded in, with a `prior` [f, f]: `out` times (Y'|W|Y + prior)^-1 Y'w, Y being the history's
      rows of `out` (Hu, Koren, Volinsky 2008, section 5).
    """

    out: np.ndarray
    into: np.ndarray | None = None
    prior: np.ndarray | None = None
    share: float = 1.0

    @classmethod
    def folded(cls, out: np.ndarray, prior: np.ndarray | None = None) -> Self:
        """Folded in by item factors [items, f]; without a prior, by `RIDGE` alone."""
        own = RIDGE * np.eye(out.shape[1]) if prior is None else prior
        return cls(np.asarray(out, np.float32), prior=np.asarray(own, np.float32))

    @property
    def is_item_item(self) -> bool:
        return self.into is None and self.prior is None

    def shared(self, share: float) -> Self:
        return replace(self, share=share * self.share)

    def steps(self, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Float32 [f, h]: an item's row of `out` times this is what each item of a history adds,
        given their weights [h] and their rows [h, f] of `into`, or of `out` where that is all."""
        if self.prior is None:
            return np.asarray(rows.T * weights, dtype=np.float32)
        system = (rows * np.abs(weights)[:, None]).T @ rows + self.prior
        return np.asarray(np.linalg.solve(system, rows.T * weights), dtype=np.float32)

    def scores(self, histories: sparse.csr_matrix) -> np.ndarray:
        """float32 [n, items] of n histories' weights, CSR [n, items]."""
        if self.is_item_item:
            return np.asarray(histories @ (self.share * self.out.T))
        if self.into is not None:
            return np.asarray(self.share * (histories @ self.into) @ self.out.T)
        user = np.zeros((histories.shape[0], self.out.shape[1]), dtype=np.float32)
        for row, (start, end) in enumerate(
            zip(histories.indptr[:-1], histories.indptr[1:], strict=True)
        ):
            own = slice(start, end)
            user[row] = self.steps(self.out[histories.indices[own]], histories.data[own]).sum(1)
        return np.asarray(self.share * user @ self.out.T)


def added_up(parts: list[Part]) -> list[Part]:
    """The same scores from fewer parts: item-item ones become one."""
    alike = [part for part in parts if part.is_item_item]
    if len(alike) < 2:
        return parts
    total = sum((part.share * part.out for part in alike), np.zeros_like(alike[0].out))
    return [Part(total), *(part for part in parts if not part.is_item_item)]
