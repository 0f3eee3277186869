"""Models that are converted once and kept on disk."""

import json
import logging
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from filelock import FileLock

from storage.versions import Damaged, checksums, verify

log = logging.getLogger(__name__)

BUILDING, CHECKSUMS = ".building", ".json"


def converted(cache: Path, name: str, convert: Callable[[Path], None]) -> Path:
    """The folder `name` under `cache`; `convert` writes it on first use, and again when a file of
    it is damaged or missing.

    It is written beside its place and renamed, so a conversion that is killed leaves nothing that
    a later start would take for a model. Processes that start together convert once.
    """
    folder = cache / name
    if _is_whole(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{name}.lock"):
        if not _is_whole(folder):
            if folder.exists():
                log.warning("The converted model %s is damaged; it is made anew", name)
            log.info("Converting %s; this happens once", name)
            building = cache / f"{name}{BUILDING}"
            shutil.rmtree(building, ignore_errors=True)
            convert(building)
            names = [p.relative_to(building).as_posix() for p in building.rglob("*") if p.is_file()]
            # Who has the old files open keeps them.
            shutil.rmtree(folder, ignore_errors=True)
            _beside(folder).write_text(json.dumps(checksums(building, names)), "utf-8")
            building.replace(folder)
    return folder


def damaged(cache: Path) -> list[str]:
    """Names of converted models of which a file is damaged or missing."""
    return sorted(f.name for f in _all(cache) if not _is_whole(f))


def unused(cache: Path, used: Collection[str]) -> dict[str, int]:
    """Models that an older version converted and nothing reads any more, with their bytes."""
    return {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for folder in sorted(_all(cache))
        if folder.name not in used
    }


def _all(cache: Path) -> list[Path]:
    folders = [lock.with_suffix("") for lock in cache.glob("*.lock")]
    return [folder for folder in folders if folder.exists()]


def _beside(folder: Path) -> Path:
    """The file with the checksums of a folder's files."""
    return folder.with_name(folder.name + CHECKSUMS)


def _is_whole(folder: Path) -> bool:
    try:
        expected = json.loads(_beside(folder).read_text("utf-8"))
        verify(folder, dict(expected))
    except (OSError, ValueError, TypeError, Damaged):
        return False
    return bool(expected)
