"""What is held out of a training log to choose settings on."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

SHARE = 0.1
# Fewer users than this tell nothing of the difference between two settings.
ENOUGH_USERS, FEWEST_USERS = 200, 40


@dataclass(frozen=True, slots=True)
class Validation:
    """`known` is fitted, `truth` is what must be found: CSR [users, items], no pair in both."""

    known: sparse.csr_matrix
    truth: sparse.csr_matrix
    how: str

    def users(self, most: int, seed: int = 0) -> np.ndarray:
        """Rows with something to find, a random `most` of them."""
        rows = np.flatnonzero(np.diff(self.truth.indptr))
        if len(rows) > most:
            rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
        return rows


def hold_out(
    train: sparse.csr_matrix, times: sparse.csr_matrix | None = None, seed: int = 0
) -> Validation | None:
    """A tenth of each user's items, at least one: the latest where `times` tell, else random ones.

    Users with three items or more are split. Where these are too few, half of those with two or
    more lose one. None where even these are too few to validate on.
    """
    counts = np.diff(train.indptr)
    chance = np.random.default_rng(seed)
    how = "a tenth of the items of each user with three or more"
    chosen = counts >= 3
    if chosen.sum() < ENOUGH_USERS:
        chosen = (counts >= 2) & (chance.random(len(counts)) < 0.5)
        how = "a tenth of the items of half the users with two or more"
    if chosen.sum() < FEWEST_USERS:
        return None
    entries = train.tocoo()
    order = chance.random(train.nnz)
    if times is not None:
        order = np.lexsort((order, -times.data)).argsort()
    # Place of each entry within its user's row, by that order.
    ranked = np.lexsort((order, entries.row))
    place = np.empty(train.nnz, dtype=int)
    place[ranked] = np.arange(train.nnz) - np.repeat(train.indptr[:-1], counts)
    out = chosen[entries.row] & (place < np.maximum(1, (SHARE * counts).astype(int))[entries.row])

    def part(mask: np.ndarray) -> sparse.csr_matrix:
        pairs = (entries.row[mask], entries.col[mask])
        return sparse.csr_matrix((entries.data[mask], pairs), shape=train.shape)

    return Validation(part(~out), part(out), how + (", the latest" if times is not None else ""))
