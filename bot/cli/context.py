"""What every command shares: settings, the database, output, and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.cli.options import DataDir as DataDir
from bot.cli.options import Json as Json
from bot.cli.options import before_command as before_command
from bot.cli.options import errors as errors
from retrieval.encoder import EncoderError
from retrieval.generator import GeneratorError
from retrieval.knowledge import AlreadyBuilding, KnowledgeBase, KnowledgeBaseMissing
from retrieval.reader import ReaderError
from retrieval.reranker import RerankerError
from services.settings import Settings, SettingsError, load_settings
from storage import nursery
from storage.database import Database, TooNew
from storage.encryption import EncryptionError
from storage.private import tighten
from storage.versions import Damaged

if TYPE_CHECKING:
    from services.brain import Brain

FAILED, USAGE, MISSING = 1, 2, 3
# What shells give a command that Ctrl+C ended.
STOPPED = 130

P = ParamSpec("P")
T = TypeVar("T")


class Failure(Exception):
    """Ends a command with a message that says what to do."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


TOLD = (
    Failure,
    SettingsError,
    EncoderError,
    RerankerError,
    ReaderError,
    GeneratorError,
    AlreadyBuilding,
    EncryptionError,
    TooNew,
)


def run(command: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Makes an async function a command; what can be foreseen ends in one line, not a traceback."""

    @wraps(command)
    def sync(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return asyncio.run(command(*args, **kwargs))
        except KnowledgeBaseMissing as error:
            code, told = MISSING, str(error)
        except TOLD as error:
            code, told = getattr(error, "code", FAILED), str(error)
        except Damaged as error:
            code, told = FAILED, f"{error}. Make it anew: chezhi kb index, chezhi train."
        except KeyboardInterrupt:
            errors.print("Stopped.")
            raise typer.Exit(STOPPED) from None
        errors.print("[red]Error:[/red]", escape(told))
        raise typer.Exit(code)

    return sync


# So long a clean stop may take before it is asked for again.
STOP_S = 30.0


async def until_stopped(work: Coroutine[Any, Any, None]) -> bool:
    """Runs until it ends, or until SIGINT or SIGTERM ask for a clean stop: whether they did."""
    task = nursery.start(work)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if task.cancel():
            # A cancellation that comes as something awaited ends can be lost on the way (Python
            # 3.11's wait_for), so it is said again to what goes on after a clean stop's time.
            loop.call_later(STOP_S, stop)

    numbers = (signal.SIGINT, signal.SIGTERM) if os.name == "posix" else ()
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        await asyncio.wait({task})
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
    if not task.cancelled():
        task.result()
    return task.cancelled()


def settings(data_dir: Path | None = None, **overrides: Any) -> Settings:
    """The settings; a data folder that is given after the command wins over one before it."""
    return load_settings(data_dir=data_dir or before_command.get(), **overrides)


def need_index(given: Settings) -> None:
    """Before models are loaded for nothing. Raises KnowledgeBaseMissing."""
    if not KnowledgeBase.is_there(given.knowledge_dir):
        raise KnowledgeBaseMissing


def something(text: str) -> str:
    """A text that is more than white space."""
    if not text.strip():
        raise typer.BadParameter("Say something: the text is empty.")
    return text


@asynccontextmanager
async def open_database(given: Settings) -> AsyncIterator[Database]:
    """The database, migrated: a command never meets an old schema.

    Files that an older version left open to other accounts are closed to them.
    """
    await asyncio.to_thread(_close_to_others, given)
    try:
        database = Database(given.database)
        database.unlock(given.keys)
    except (ArgumentError, ImportError, OSError) as error:
        raise _no_database(error) from error
    try:
        try:
            await database.upgrade()
        except (OSError, SQLAlchemyError) as error:
            raise _no_database(error) from error
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_brain(given: Settings, database: Database) -> AsyncIterator[Brain]:
    """Models and knowledge base; importing them takes seconds, and few commands need them."""
    from services import brain

    async with brain.open_brain(given, database) as opened:
        yield opened


def _close_to_others(given: Settings) -> None:
    tighten(*given.own_folders)
    if given.has_data_dir_alone:
        tighten(given.data_dir, deep=False)


def _no_database(error: Exception) -> Failure:
    told = str(getattr(error, "orig", None) or error)
    takes = Settings.model_fields["database_url"].description
    return Failure(
        f"The database can't be used: {told}\nCHEZHI_DATABASE_URL takes {takes}; "
        "without it, a file in the data folder is used."
    )


def show(value: Any, as_json: bool, line: Callable[[Any], str]) -> None:
    """Prints one result: JSON for programs, a line for people."""
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    else:
        sys.stdout.write(line(value) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


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
