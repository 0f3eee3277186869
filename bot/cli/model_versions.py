"""`chezhi recsys versions`, `recsys rollback`: models that were trained, and going back to one."""

from typing import Annotated, Any

import typer

from bot.cli.context import DataDir, Failure, Json, run, settings, show
from storage.versions import Damaged


def mount(app: typer.Typer) -> None:
    app.command()(run(versions))
    app.command()(run(rollback))


async def versions(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Lists the models that are kept, newest first."""
    from recsys import artefacts

    for manifest, state in artefacts.versions(settings(data_dir).recommender_dir):
        row = {
            "id": manifest.version,
            "created": manifest.created,
            "live": state == "live",
            "held": state == "held",
            "damaged": state == "damaged",
            "items": len(manifest.items),
            "settings": manifest.settings,
            "metrics": manifest.metrics,
            "contest": manifest.contest,
        }
        show(row, as_json, _line)


async def rollback(
    version: Annotated[str, typer.Argument(help="Its id, as chezhi recsys versions shows it.")],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Makes an earlier model live again, or one that was held back. Running bots take it up."""
    from recsys import artefacts

    try:
        live = artefacts.rollback(settings(data_dir).recommender_dir, version)
    except (artefacts.UnknownVersion, artefacts.Busy) as error:
        raise Failure(str(error)) from error
    except Damaged as error:
        raise Failure(
            f"{error}. The live model stays as it is; chezhi recsys versions lists the others."
        ) from error
    row = {"id": live.version, "created": live.created, "metrics": live.metrics}
    show(row, as_json, lambda r: f"Model {r['id']} of {r['created']} is live.")


def _line(row: dict[str, Any]) -> str:
    mark = next((name for name in ("live", "held", "damaged") if row[name]), "    ")
    figures = "  ".join(f"{name} {value:g}" for name, value in row["metrics"].items())
    return f"{mark}  {row['id']}  {row['settings'].get('model', 'embeddings')}  {figures}"
