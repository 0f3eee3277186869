"""The models, loaded once for all tests: what would load them anew is handed these."""

from functools import cache

import pytest

from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from services.recommending import nonsense

OPENING = "services.answering.answers"
SEARCH = "services.recommending.item_search"

# Of the same words each time, which took each bot that searches a second.
_encoded = cache(nonsense.encoded)


def loaded(
    patch: pytest.MonkeyPatch, encoder: Encoder, reader: BundledReader, *modules: str
) -> None:
    patch.setattr(f"{SEARCH}.encoded", _encoded)
    for module in (OPENING, *modules):
        patch.setattr(f"{module}.load_encoder", lambda *_: encoder)
        patch.setattr(
            f"{module}.load_reader", lambda name, *_: reader if name == "bundled" else None
        )
