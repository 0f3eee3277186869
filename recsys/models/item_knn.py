"""Items alike to the user's own: cosine of their users, shrunk where few support it.

Sarwar et al. 2001, "Item-Based Collaborative Filtering Recommendation Algorithms".
"""

import numpy as np
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
    nearest,
    sums,
)
from recsys.models.parts import Part

BLOCK = 2**24  # numbers in one dense block of similarities


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    neighbours: PositiveInt = 100
    shrink: NonNegativeFloat = 20.0


GRID = (Settings(), Settings(300, 20.0), Settings(100, 100.0))


class ItemKNN(Model):
    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        self.matrix = binary(matrix)
        length = np.sqrt(degrees(matrix, axis=0)).astype(np.float32)
        by_item = self.matrix.T.tocsr()
        items = self.matrix.shape[1]
        step = max(1, BLOCK // items)
        blocks = []
        for start in range(0, items, step):
            rows = slice(start, start + step)
            common = (by_item[rows] @ self.matrix).toarray()
            common[np.arange(len(common)), start + np.arange(len(common))] = 0
            common /= length[rows, None] * length[None, :] + self.settings.shrink + 1e-9
            blocks.append(nearest(common, self.settings.neighbours))
        # Row i holds whom item i may be recommended for, so a score sums over i's neighbours.
        self.similar = sparse.vstack(blocks).T.tocsr()
        self.columns = in_columns(self.similar.toarray()) if items <= DENSE_ITEMS else None

    def _scores(self, users: np.ndarray) -> np.ndarray:
        if self.columns is not None:
            return sums(self.matrix[users], self.columns)
        return np.asarray((self.matrix[users] @ self.similar).toarray())

    def _parts(self) -> list[Part]:
        return [Part(np.asarray(self.similar.T.toarray(), dtype=np.float32, order="C"))]


FAMILY = Family("item_knn", Settings, ItemKNN, GRID)
