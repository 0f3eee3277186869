"""EASE: the closed-form linear item-item model without self-similarity.

Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", with the penalty of Steck 2020,
"Autoencoders that don't overfit towards the Identity": `dropout` p adds p / (1 - p) of an item's
own count to its ridge.
"""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass
from scipy import sparse

from recsys.models.base import CHECKED, Family, Model, Unfit, Watch, binary, in_columns, sums
from recsys.models.parts import Part

# One dense inverse of this many items takes a minute on two cores and 2.5 GB.
MOST_ITEMS = 12_000
# From here on float32 is needed to keep time and memory, and the ridge keeps it accurate.
EXACT_ITEMS = 2_000


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    ridge: PositiveFloat = 200.0
    dropout: Annotated[NonNegativeFloat, Field(lt=1)] = 0.0


GRID = tuple(
    Settings(ridge, dropout) for dropout in (0.0, 0.3) for ridge in (200.0, 50.0, 500.0, 1000.0)
)
QUICK = (
    *(Settings(ridge) for ridge in (100.0, 20.0, 500.0)),
    *(Settings(ridge, 0.3) for ridge in (200.0, 500.0)),
)


class EASE(Model):
    """Raises Unfit where a dense matrix of items by items is too large."""

    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        items = matrix.shape[1]
        if items > MOST_ITEMS:
            raise Unfit(
                f"it inverts a dense matrix, which {items} items (> {MOST_ITEMS}) make slow"
            )
        self.matrix = binary(matrix)
        gram = (self.matrix.T @ self.matrix).toarray()
        if items <= EXACT_ITEMS:
            gram = gram.astype(np.float64)
        counts = gram.diagonal().copy()
        p = self.settings.dropout
        gram[np.diag_indices(items)] += self.settings.ridge + p / (1 - p) * counts
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(torch.from_numpy(gram)))
        weights = -inverse / inverse.diagonal()
        weights.fill_diagonal_(0)
        self.weights = weights.float().numpy()
        self.columns = in_columns(self.weights)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        return sums(self.matrix[users], self.columns)

    def _parts(self) -> list[Part]:
        return [Part(np.ascontiguousarray(self.weights.T))]


FAMILY = Family("ease", Settings, EASE, GRID, QUICK)
