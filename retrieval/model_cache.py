"""Models that are converted once and kept on disk."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

log = logging.getLogger(__name__)


def converted(cache: Path, name: str, convert: Callable[[Path], None]) -> Path:
    """The folder `name` under `cache`; `convert` writes it on first use.

    It is written beside its place and renamed, so a conversion that is killed leaves nothing that
    a later start would take for a model. Processes that start together convert once.
    """
    folder = cache / name
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{name}.lock"):
        if not folder.exists():
            log.info("Converting %s; this happens once", name)
            building = cache / f"{name}.building"
            shutil.rmtree(building, ignore_errors=True)
            convert(building)
            building.replace(folder)
    return folder
