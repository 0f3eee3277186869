"""What the tests of the command line share: its output, read, and files for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

from tests.bot.lessons import LESSONS

Run = Callable[..., Result]
SAMPLE = Path(__file__).parents[2] / "sample"


def lessons(folder: Path) -> Path:
    folder.mkdir()
    for name, text in LESSONS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def one(result: Result) -> dict[str, Any]:
    """The one JSON object on stdout."""
    assert result.exit_code == 0, result.stderr
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def many(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def exported(run: Run) -> list[dict[str, Any]]:
    return many(run("signals", "export"))
