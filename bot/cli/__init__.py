"""The command line: `chezhi`."""

import logging
import sys

import typer
from rich.logging import RichHandler

from bot.cli import answers, catalog, demo, kb, ops, recommender
from bot.cli import run as run_command
from bot.cli.context import FAILED, MISSING, Failure, errors
from bot.settings import SettingsError
from retrieval.encoder import EncoderError
from retrieval.generator import GeneratorError
from retrieval.knowledge import KnowledgeBaseMissing

app = typer.Typer(
    help="车知 Chezhi: answers about cars with their sources, in a Telegram chat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (demo, run_command, answers, recommender, ops):
    module.mount(app)
app.add_typer(kb.app, name="kb", help="The knowledge base: add, index, look.")
app.add_typer(catalog.app, name="catalog", help="Courses, books, events: import and export.")


@app.callback()
def start(
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Show what goes on."),
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(name)s: %(message)s",
        handlers=[RichHandler(console=errors, show_path=False)],
    )


def main() -> None:
    """Runs a command; a failure that was foreseen is one message and an exit code, no traceback."""
    try:
        app()
    except (Failure, SettingsError, EncoderError, GeneratorError) as error:
        errors.print(f"[red]{type(error).__name__}[/red]: {error}", markup=True)
        sys.exit(getattr(error, "code", FAILED))
    except KnowledgeBaseMissing as error:
        errors.print(str(error))
        sys.exit(MISSING)
