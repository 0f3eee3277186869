"""What the documentation shows can be done: docstrings' examples, commands in docs/ and README."""

import doctest
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import COMMANDS, app, load

TOP = Path(__file__).parents[1]
PACKAGES = (
    "activities", "bot", "campaigns", "playground", "recsys", "retrieval", "sample", "services",
    "storage", "wording",
)  # fmt: skip
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
# `code`, or a line that is indented as code.
CODE = re.compile(r"`([^`\n]+)`|^(?: {4}|\t)(.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:^|[\s/=])chezhi ((?:(?!&&|;|\||  #|#).)*)")


def with_examples() -> Iterator[str]:
    for package in PACKAGES:
        for file in sorted((TOP / package).rglob("*.py")):
            if ">>>" in file.read_text("utf-8"):
                yield ".".join(file.relative_to(TOP).with_suffix("").parts)


@pytest.mark.parametrize("module", list(with_examples()))
def test_examples_in_docstrings_hold(module: str) -> None:
    assert doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS).failed == 0


def commands() -> Iterator[tuple[str, str]]:
    """(page, what stands after `chezhi`)."""
    for page in PAGES:
        for inline, block in CODE.findall(page.read_text("utf-8")):
            code = inline or block
            # In prose code, chezhi is what it begins with.
            if block or code.removeprefix(".venv/bin/").startswith("chezhi "):
                for found in COMMAND.findall(code):
                    yield page.name, found.strip()


def fault(line: str) -> str | None:
    """What of a command line there is not."""
    found: Any = (chezhi := typer.main.get_command(app))
    known = set[str]()
    for word in (one.strip("[]()…,.") for one in shlex.split(line.replace("'", " "))):
        name = word.partition("=")[0]
        if name.startswith("-"):
            known |= {o for one in found.params for o in (*one.opts, *one.secondary_opts)}
            if name not in known | {"--help"} and not re.fullmatch(r"-+", name):
                return f"{found.name} has no option {name}"
        elif (commands := getattr(found, "commands", None)) and word:
            if word not in commands:
                return f"{found.name} has no command {word}"
            known |= {option for one in found.params for option in one.opts}
            found = load(word) if found is chezhi else commands[word]
    return None


def test_every_command_in_the_docs_exists() -> None:
    listed = sorted(set(commands()))
    assert len(listed) > 40
    faults = [f"{page}: chezhi {line}: {told}" for page, line in listed if (told := fault(line))]
    assert not faults


@pytest.mark.parametrize("line", ["trian", "train --fore", "kb indx", "recsys evaluate --onw"])
def test_a_slip_would_be_seen(line: str) -> None:
    assert fault(line)


def test_each_command_is_where_help_says() -> None:
    modules = {f"bot.cli.{module}" for module, _ in COMMANDS.values()}
    assert all(load(name).callback or load(name).commands for name in COMMANDS)
    mounted = {
        command.name or command.callback.__name__
        for module in map(import_module, modules)
        if hasattr(module, "mount")
        for command in _mounted(module)
    }
    assert mounted <= COMMANDS.keys()


def _mounted(module: Any) -> list[Any]:
    app = typer.Typer()
    module.mount(app)
    return [*app.registered_commands, *app.registered_groups]
