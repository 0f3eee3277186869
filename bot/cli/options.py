"""What every command is given; imports nothing of ours, so that help is there at once."""

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

errors = Console(stderr=True, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object (or one a line) on stdout.")]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder for everything that is kept.")
]

# The data folder that was given before the command.
before_command: ContextVar[Path | None] = ContextVar("before_command", default=None)
