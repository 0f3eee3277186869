"""Models as they are served: everybody by their history alone."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from recsys.models.base import Model, Watch
from recsys.models.parts import Part


class Served:
    """Scores of user rows of a matrix of confidences, CSR float32 [users, items]."""

    def __init__(self, parts: Sequence[Part], matrix: sparse.csr_matrix) -> None:
        self.parts, self.matrix = parts, matrix

    def scores(self, users: np.ndarray) -> np.ndarray:
        """float32 [n, items]."""
        # As the recommender weighs a history.
        own = self.matrix[users].log1p().astype(np.float32)
        total = np.zeros(own.shape, dtype=np.float32)
        for part in self.parts:
            total += part.scores(own)
        return total


class AsServed(Model):
    """A model that is chosen by what of it will be served."""

    def __init__(self, model: Model) -> None:
        super().__init__(model.settings)
        self.model = model

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        self.model.fit(matrix, watch)
        self._served = Served(self.model.parts(), matrix)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        return self._served.scores(users)

    def _parts(self) -> list[Part]:
        return list(self._served.parts)
