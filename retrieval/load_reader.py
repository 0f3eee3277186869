"""Which reader a setting names, and loading it."""

from __future__ import annotations

from retrieval.encoder import Encoder
from retrieval.reader import BUNDLED, Reader

NONE = "none"


def reader_name(setting: str) -> str | None:
    """What a calibration calls the reader of a setting: None for no reader."""
    return None if setting == NONE else setting


def load_reader(name: str, encoder: Encoder | None = None) -> Reader | None:
    """Loads `bundled`, an extractive-QA model by id or folder, or nothing for `none`.

    `encoder` is what is loaded already: the bundled reader shares the layers of the bundled one.

    Raises ReaderError when the model isn't there, or can't point at an answer.
    """
    if name == NONE:
        return None
    if name == BUNDLED:
        from retrieval import bundled_e5
        from retrieval.bundled_reader import BundledReader
        from retrieval.e5_model import E5Model

        shared = encoder if isinstance(encoder, E5Model) else bundled_e5.load()
        return BundledReader.load(shared)
    from retrieval.qa_reader import QaReader

    return QaReader.load(name)
