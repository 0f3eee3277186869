"""What is kept is for its owner's eyes: no other account of the machine may read it."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

# Everything that a process with this umask makes: 0600, folders 0700.
UMASK = 0o077


def tighten(*paths: Path, deep: bool = True) -> None:
    """Takes everybody else's rights off files and folders that exist, and with `deep` off all in
    them.

    Links are not followed: what they lead to may be shared on purpose.
    """
    for path in paths:
        for each in _within(path, deep):
            try:
                mode = each.lstat().st_mode & 0o777
                if mode & UMASK:
                    each.chmod(mode & ~UMASK)
            except FileNotFoundError:
                continue  # another process has just removed it
            except OSError as error:
                log.warning("Other accounts may read %s, which can't be changed: %s", each, error)


def _within(path: Path, deep: bool) -> Iterator[Path]:
    if path.is_symlink() or not path.exists():
        return
    yield path
    for folder, folders, files in os.walk(path) if deep else ():
        names = (Path(folder, name) for name in (*folders, *files))
        yield from (each for each in names if not each.is_symlink())
