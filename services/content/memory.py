"""Memory that large work has taken, given back to the system."""

import ctypes
from functools import cache


def give_back_memory() -> None:
    """After large work: the C library keeps what is freed for itself, and threads each their own.

    Does nothing where there is no such call (it is glibc's).
    """
    if trim := _trim():
        trim(0)


@cache
def _trim() -> "ctypes._FuncPointer | None":
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
