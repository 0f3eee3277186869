"""The one place where tasks are started; in the lowest room, as every other one starts some.

By hand: asyncio's TaskGroup cancels all that runs when one fails, and waits where it was opened.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()


def start(work: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Begins work beside what goes on. asyncio itself forgets a task that nobody holds, and its
    work with it: here it is held until it ends. Whoever starts it ends it, and reads its error.

    Example:
        >>> async def twice(number: int) -> int:
        ...     return 2 * number
        >>> async def both() -> list[int]:
        ...     return [await start(twice(1)), await start(twice(2))]
        >>> asyncio.run(both())
        [2, 4]
    """
    task = asyncio.create_task(work, name=name)  # noqa: TID251
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task
