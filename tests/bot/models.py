"""The models, loaded once for all tests: what would load them anew is handed these."""

import pytest

from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder

OPENING = "services.answering.answers"


def loaded(
    patch: pytest.MonkeyPatch, encoder: Encoder, reader: BundledReader, *modules: str
) -> None:
    for module in (OPENING, *modules):
        patch.setattr(f"{module}.load_encoder", lambda *_: encoder)
        patch.setattr(
            f"{module}.load_reader", lambda name, *_: reader if name == "bundled" else None
        )
