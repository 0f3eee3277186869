"""The floor of every comparison: everyone gets what most have taken."""

import numpy as np
from pydantic.dataclasses import dataclass
from scipy import sparse

from recsys.models.base import CHECKED, Family, Model, Watch, degrees
from recsys.models.parts import Part


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    pass


GRID = (Settings(),)


class Popularity(Model):
    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)
        self.counts = np.zeros(0, dtype=np.float32)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        self.counts = degrees(matrix, axis=0).astype(np.float32)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        return np.tile(self.counts, (len(users), 1))

    def _parts(self) -> list[Part]:
        """Every item of a history speaks for what most have taken."""
        return [Part(self.counts[:, None], np.ones_like(self.counts)[:, None])]


FAMILY = Family("popularity", Settings, Popularity, GRID)
