"""Versioned folders on disk, one of them live: how indexes and models are published.

    root/versions/ID/            a finished version; ids sort by time
    root/versions/ID/held        there while a version has never been live
    root/versions/ID.building/   one under way, or left by a crash
    root/LIVE                    the id of the live version, replaced atomically

One process builds at a time (the caller holds `lock`); any number read.
"""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from filelock import FileLock

log = logging.getLogger(__name__)
T = TypeVar("T")

_ID = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{4}", re.ASCII)
LIVE = "LIVE"
HELD = "held"
BUILDING = ".building"


class Damaged(Exception):
    """A version's files don't agree with its manifest."""


class VersionStore:
    """Keeps the live version, the `keep` - 1 newest others, and the newest that is held back."""

    def __init__(self, root: Path, keep: int = 5) -> None:
        self.root = root
        self.keep = keep
        self._versions = root / "versions"

    def live(self) -> str | None:
        """The id of the live version; None where there is none, or what names it is damaged."""
        try:
            named = (self.root / LIVE).read_text("utf-8").strip()
        except (OSError, ValueError):
            return None
        return named if _ID.fullmatch(named) and (self._versions / named).is_dir() else None

    def candidates(self) -> list[str]:
        """Ids in the order in which they should be tried: the live one, then newer before older,
        then those that were held back.
        """
        live = self.live()
        others = sorted(self.ids(), key=self.is_held)
        return list(dict.fromkeys([*([live] if live else []), *others]))

    def first_whole(self, read: Callable[[Path], T]) -> tuple[T | None, list[str]]:
        """What `read` makes of the first candidate that it doesn't find Damaged, and what is wrong
        with those that should have come before it.
        """
        faults = [] if self._is_pointed() else [f"{self.root / LIVE} is missing or damaged"]
        for version_id in self.candidates():
            try:
                return read(self.path(version_id)), faults
            except Damaged as error:
                log.error("A version can't be used, taking an earlier one: %s", error)
                faults.append(str(error))
        return None, faults

    def kept(
        self, manifest: Callable[[Path], T], check: Callable[[Path, T], None]
    ) -> list[tuple[T, str]]:
        """Manifests of all versions that have one, newest first, each with "live", "held" (written
        and not promoted), "earlier", or "damaged" where a file is. Both raise Damaged.
        """
        live, kept = self.live(), []
        for version_id in self.ids():
            state = "held" if self.is_held(version_id) else "earlier"
            state = "live" if version_id == live else state
            found: T | None = None
            try:
                found = manifest(self.path(version_id))
                check(self.path(version_id), found)
            except Damaged as error:
                log.error("A version is damaged: %s", error)
                state = "damaged"
            if found is not None:
                kept.append((found, state))
        return kept

    def _is_pointed(self) -> bool:
        """Whether it is told which version is live, if one ever was."""
        return self.live() is not None or all(self.is_held(version) for version in self.ids())

    def ids(self) -> list[str]:
        """All finished versions, newest first."""
        if not self._versions.exists():
            return []
        folders = [f.name for f in self._versions.iterdir() if f.is_dir()]
        return sorted((name for name in folders if not name.endswith(BUILDING)), reverse=True)

    def is_held(self, version_id: str) -> bool:
        """Whether a version was written and has never been live."""
        return (self._versions / version_id / HELD).exists()

    def path(self, version_id: str) -> Path:
        return self._versions / version_id

    def lock(self) -> FileLock:
        """Held while building; raises filelock.Timeout on entry when another process builds."""
        self._versions.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / "lock", timeout=0)

    def begin(self) -> tuple[str, Path]:
        """A new id and the folder to write it in. Clears what a crash left."""
        self._versions.mkdir(parents=True, exist_ok=True)
        for leftover in self._versions.glob(f"*{BUILDING}"):
            shutil.rmtree(leftover)
        version_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{uuid4().hex[:4]}"
        folder = self._versions / f"{version_id}{BUILDING}"
        folder.mkdir()
        return version_id, folder

    def publish(self, version_id: str, *, hold: bool = False) -> None:
        """Finishes a version that was begun and written whole: the live one, unless `hold`."""
        building = self._versions / f"{version_id}{BUILDING}"
        if hold:
            (building / HELD).touch()
        sync(building)
        building.rename(self._versions / version_id)
        sync(self._versions, deep=False)
        before = self.live()
        if not hold:
            self.promote(version_id)
        self._prune(before)

    def promote(self, version_id: str) -> None:
        """Makes a finished version the live one."""
        temporary = self.root / f"{LIVE}.new"
        temporary.write_text(version_id, encoding="utf-8")
        temporary.replace(self.root / LIVE)
        sync(self.root, deep=False)
        (self._versions / version_id / HELD).unlink(missing_ok=True)

    def _prune(self, before: str | None) -> None:
        """`before` was live until now: after a rollback it isn't the newest, but it stays."""
        others = [version_id for version_id in self.ids() if version_id != self.live()]
        held = [version_id for version_id in others if self.is_held(version_id)]
        older = [version_id for version_id in others if version_id not in held]
        older.sort(key=lambda version_id: version_id != before)
        for version_id in held[1:] + older[self.keep - 1 :]:
            shutil.rmtree(self._versions / version_id)


def checksums(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """sha256 of files, for a manifest."""
    return {name: _checksum(folder / name) for name in names}


def verify(folder: Path, expected: Mapping[str, str], names: Collection[str] = ()) -> None:
    """Raises Damaged when a file is missing or another than the manifest says, or the manifest says
    nothing of one of `names`.
    """
    if lacking := sorted(set(names) - set(expected)):
        raise Damaged(f"{folder.name}: its manifest lacks {lacking[0]}")
    for name, checksum in expected.items():
        try:
            good = _checksum(folder / name) == checksum
        except OSError as error:
            raise Damaged(f"{folder.name}: {error}") from error
        if not good:
            raise Damaged(f"{folder.name}: {name} is damaged")


def sync(folder: Path, *, deep: bool = True) -> None:
    """Makes sure that a folder, and with `deep` its files, outlive a power cut."""
    for path in (*(folder.iterdir() if deep else ()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
