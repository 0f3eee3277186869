"""What every command shares: settings, the database, output, and exit codes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.settings import Settings, load_settings
from storage.database import Database

FAILED, USAGE, MISSING = 1, 2, 3

errors = Console(stderr=True, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object (or one a line) on stdout.")]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder for everything that is kept.")
]

P = ParamSpec("P")
T = TypeVar("T")


class Failure(Exception):
    """Ends a command with a message that says what to do."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def run(command: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Makes an async function a command."""

    @wraps(command)
    def sync(*args: P.args, **kwargs: P.kwargs) -> T:
        return asyncio.run(command(*args, **kwargs))

    return sync


def settings(data_dir: Path | None = None, **overrides: Any) -> Settings:
    return load_settings(data_dir=data_dir, **overrides)


@asynccontextmanager
async def open_database(given: Settings) -> AsyncIterator[Database]:
    """The database, migrated: a command never meets an old schema."""
    database = Database(given.database)
    try:
        await database.upgrade()
        yield database
    finally:
        await database.close()


def show(value: Any, as_json: bool, line: Callable[[Any], str]) -> None:
    """Prints one result: JSON for programs, a line for people."""
    if as_json:
        plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
    else:
        sys.stdout.write(line(value) + "\n")


def progress_bar() -> Progress:
    """A bar on stderr, so that stdout stays clean."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=False,
    )
