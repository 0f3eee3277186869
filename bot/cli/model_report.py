"""`chezhi recsys report`: what the live recommender does, and how taste has moved."""

from typing import Any

import typer

from bot.cli.context import DataDir, Json, open_brain, open_database, run, settings, show
from services.clock import utc_now


def mount(app: typer.Typer) -> None:
    app.command()(run(report))


async def report(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Coverage, concentration and new items of the users' top 10; drift; signals per day."""
    given = settings(data_dir)
    async with open_database(given) as database, open_brain(given, database) as brain:
        found = await brain.training.health(utc_now())
    show(found, as_json, _lines)


def _lines(found: dict[str, Any]) -> str:
    drift = found["popularity_drift"]
    days = list(found["signals_per_day"].values())
    return "\n".join(
        (
            f"Model {found['version'] or 'none'}; the top 10 of {found['users']} users:",
            f"  coverage {found['coverage']:.3f} of {found['items']} items",
            f"  Gini {found['gini']:.3f} (0: all items alike)",
            f"  new items {found['new_items']:.3f} of the places",
            "Popularity in the last 30 days against before: "
            + ("too few signals" if drift is None else f"{drift:.3f} bit (Jensen-Shannon, 0 to 1)"),
            f"Signals per day, 30 days: {' '.join(map(str, days))}",
        )
    )
