"""The command line: `chezhi`."""

import logging
import os
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.logging import RichHandler
from typer.core import TyperCommand, TyperGroup

from bot.cli.options import DataDir, before_command, errors
from storage.private import UMASK

# Command → its module in bot.cli, which `mount`s it or has an `app`, and what help says of it.
COMMANDS = {
    "demo": ("demo", "Starts the bot and a chat page with sample data. Needs nothing else."),
    "run": ("run", "Runs the bot by long polling, or by webhook with --webhook."),
    "ask": ("answers", "Answers a question from the knowledge base, with its sources."),
    "search": ("answers", "Lists the passages nearest to a text."),
    "train": ("recommender", "Trains the recommender on the stored signals."),
    "recommend": ("recommender", "Lists what fits a user, best first."),
    "profiles": ("profiles", "Groups the people who agreed by what interests them."),
    "audit": ("audit", "Who did what to campaigns: listed, verified."),
    "campaign": ("campaign", "Campaigns: written, approved, sent, measured."),
    "campaigns": ("campaigns", "Lists the newest broadcasts with their recipients by status."),
    "brand": ("brand", "Rule books of brands: imported, checked with, gone back to."),
    "db": ("ops", "The database."),
    "doctor": ("ops", "Checks what the bot needs and says what to do about the rest."),
    "kb": ("kb", "The knowledge base: add, index, look."),
    "catalog": ("catalog", "Courses, books, events: import and export."),
    "certificate": ("certificate", "Certificates of courses: verified."),
    "draw": ("draw", "Prize draws: opened, published, verified."),
    "coupons": ("coupons", "Coupons: what there is, and what they cost."),
    "signals": ("signals", "Behaviour from other systems: import and export."),
    "recsys": ("evaluating", "Recommender models: compared, watched, gone back to."),
    "leads": ("leads", "Dealers' leads: out to a CRM, and outcomes back."),
    "links": ("links", "Signed deep links, and what came of them."),
    "user": ("user", "A person's rights: a copy of their data, deletion."),
}


class Lazy(TyperGroup):
    """Commands whose modules, and the libraries that these need, are imported when one is called:
    help is there at once."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for name, (_, told) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=told), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else None, rest


def load(name: str) -> Any:
    """The command of this name, ready to be called."""
    module_name, told = COMMANDS[name]
    module, mounted = import_module(f"bot.cli.{module_name}"), typer.Typer()
    mounted.callback()(lambda: None)  # else one command alone is no group
    if hasattr(module, "mount"):
        module.mount(mounted)
    else:
        mounted.add_typer(module.app, name=name, help=told)
    group: Any = typer.main.get_command(mounted)
    return group.commands[name]


app = typer.Typer(
    cls=Lazy,
    help="车知 Chezhi: answers about cars with their sources, in a Telegram chat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chezhi {version('chezhi')}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what goes on.")] = False,
    data_dir: DataDir = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show which it is.")
    ] = False,
) -> None:
    before_command.set(data_dir)
    before = os.umask(UMASK)
    context.call_on_close(lambda: os.umask(before))
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(name)s: %(message)s",
        handlers=[RichHandler(console=errors, show_path=False)],
    )


def main() -> None:
    app()
