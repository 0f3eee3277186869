"""Errors that pass by themselves: the same work may hold a moment later."""

import errno

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# What SQLite says of a lock that another process holds, of a full disk, of one that fails.
SQLITE = ("is locked", "is full", "disk i/o error", "unable to open database file")
# PostgreSQL's classes: connection lost, resources short, shutting down or starting; then a lock
# that could not be had, a deadlock, and a transaction that another one spoiled.
CLASSES = ("08", "53", "57P")
STATES = ("55P03", "40P01", "40001")
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)


def is_passing(error: BaseException) -> bool:
    """Whether the database or the machine, not the work itself, is why this failed."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        told = str(error.orig).lower()
        return (
            error.connection_invalidated
            or state.startswith(CLASSES)
            or state in STATES
            or any(words in told for words in SQLITE)
        )
    if isinstance(error, OSError):
        return isinstance(error, ConnectionError) or error.errno in NO_SPACE
    return isinstance(error, PoolTimeout)
