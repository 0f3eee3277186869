"""The encoder seam: a sentence-transformers model, bundled or by name."""

import logging
import shutil
from pathlib import Path

from filelock import FileLock
from sentence_transformers import SentenceTransformer

from retrieval.bundled_e5 import convert

log = logging.getLogger(__name__)

BUNDLED = "bundled"


class EncoderError(Exception):
    """The encoder can't be loaded; the message says what the setting takes."""


def load_encoder(name: str, cache: Path) -> SentenceTransformer:
    """Loads `bundled`, or any sentence-transformers id or folder.

    The bundled one is converted on first use and kept under `cache`; a conversion that is killed
    leaves nothing that a later start would take for a model.

    Raises EncoderError when the model isn't there.
    """
    folder = _bundled(cache) if name == BUNDLED else name
    try:
        encoder = SentenceTransformer(str(folder), device="cpu")
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The embedding model {name!r} can't be loaded: {error}\n"
            "CHEZHI_EMBEDDING_MODEL takes `bundled`, or a sentence-transformers id or folder."
        ) from error
    encoder.eval()
    return encoder


def _bundled(cache: Path) -> Path:
    folder = cache / "multilingual-e5-small"
    if folder.exists():
        return folder
    log.info("Reading the bundled encoder; this happens once")
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):
        # Another process may have been quicker, or killed half way.
        if not folder.exists():
            building = cache / "multilingual-e5-small.building"
            shutil.rmtree(building, ignore_errors=True)
            convert(building)
            building.replace(folder)
    return folder
