"""The state of a training on disk, so that one that was killed goes on where it was."""

import hashlib
import io
import logging
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from scipy import sparse

from recsys.dataset import Interactions

log = logging.getLogger(__name__)

# Raise it when what is saved, or what training makes of the same data and settings, changes.
FORMAT = 4
EVERY_S = 2.0
_DIGEST = hashlib.sha256().digest_size


class Checkpoint:
    """One file: the SHA-256 of the rest, then what `torch.save` makes of the state.

    `key` says what is trained, on what: a file of another key, or a damaged one, is thrown away.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path, self.key = path, key
        self._saved = monotonic()

    @property
    def is_due(self) -> bool:
        return monotonic() - self._saved >= EVERY_S

    def load(self) -> dict[str, Any] | None:
        """The state that was saved last under this key."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(raw[_DIGEST:]).digest() != raw[:_DIGEST]:
            log.warning("%s is damaged: training starts anew.", self.path)
            found = {}
        else:
            found = torch.load(io.BytesIO(raw[_DIGEST:]), weights_only=True)
        if found.get("key") == self.key:
            state: dict[str, Any] = found["state"]
            return state
        self.path.unlink(missing_ok=True)
        return None

    def save(self, state: Mapping[str, Any]) -> None:
        """Replaces the file at once: a crash leaves the old state or the new one. A full disk
        costs the checkpoint, not the training."""
        written = io.BytesIO()
        torch.save({"key": self.key, "state": dict(state)}, written)
        raw = written.getvalue()
        temporary = self.path.with_suffix(".new")
        try:
            temporary.write_bytes(hashlib.sha256(raw).digest() + raw)
            temporary.replace(self.path)
        except OSError as error:
            log.warning("The state of the training can't be saved: %s", error)
        self._saved = monotonic()


def key(*parts: object) -> str:
    """A digest of what a training depends on: interactions, sparse matrices, and what has a repr
    that tells all of it."""
    found = hashlib.sha256(f"{FORMAT}".encode())
    for part in parts:
        for piece in _pieces(part):
            # The length keeps neighbours apart.
            found.update(f"{len(piece)}:".encode())
            found.update(piece)
    return found.hexdigest()


def _pieces(part: object) -> list[bytes]:
    if isinstance(part, Interactions):
        rest = repr((part.users, part.items, part.signals)).encode()
        return [*_pieces(part.matrix), part.held_out.tobytes(), rest]
    if isinstance(part, sparse.csr_matrix):
        arrays: tuple[np.ndarray, ...] = (part.indptr, part.indices, part.data)
        return [repr(part.shape).encode(), *(array.tobytes() for array in arrays)]
    return [repr(part).encode()]
