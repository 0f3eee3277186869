"""The command line: `chezhi`."""

import logging
import os
from importlib.metadata import version
from typing import Annotated

import typer
from rich.logging import RichHandler

from bot.cli import (
    answers,
    audit,
    campaign,
    campaigns,
    catalog,
    certificate,
    coupons,
    demo,
    draw,
    evaluating,
    kb,
    leads,
    links,
    ops,
    profiles,
    recommender,
    signals,
    user,
)
from bot.cli import run as run_command
from bot.cli.context import DataDir, before_command, errors
from storage.private import UMASK

app = typer.Typer(
    help="车知 Chezhi: answers about cars with their sources, in a Telegram chat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (demo, run_command, answers, recommender, profiles, campaigns, ops):
    module.mount(app)
app.add_typer(campaign.app, name="campaign", help="Campaigns: written, approved, sent, measured.")
app.add_typer(audit.app, name="audit", help="Who did what to campaigns: listed, verified.")
app.add_typer(kb.app, name="kb", help="The knowledge base: add, index, look.")
app.add_typer(catalog.app, name="catalog", help="Courses, books, events: import and export.")
app.add_typer(certificate.app, name="certificate", help="Certificates of courses: verified.")
app.add_typer(draw.app, name="draw", help="Prize draws: opened, published, verified.")
app.add_typer(coupons.app, name="coupons", help="Coupons: what there is, and what they cost.")
app.add_typer(signals.app, name="signals", help="Behaviour from other systems: import and export.")
app.add_typer(
    evaluating.app, name="recsys", help="Recommender models: compared, watched, gone back to."
)
app.add_typer(leads.app, name="leads", help="Dealers' leads: out to a CRM, and outcomes back.")
app.add_typer(links.app, name="links", help="Signed deep links, and what came of them.")
app.add_typer(user.app, name="user", help="A person's rights: a copy of their data, deletion.")


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
