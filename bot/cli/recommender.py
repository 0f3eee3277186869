"""`chezhi train` and `chezhi recommend`."""

from typing import Annotated, Any

import typer

from bot.cli.context import (
    MISSING,
    DataDir,
    Failure,
    Json,
    open_brain,
    open_database,
    progress_bar,
    run,
    settings,
    show,
)
from bot.cli.model_names import chosen
from recsys.dataset import TooLittleData
from services.clock import utc_now
from storage.models import ITEM_TYPES
from storage.repositories import users
from storage.versions import VersionStore
from wording.texts import texts_for


def mount(app: typer.Typer) -> None:
    app.command()(run(train))
    app.command()(run(recommend))


async def train(
    force: Annotated[
        bool, typer.Option("--force", help="Put the new model to use though it is no better.")
    ] = False,
    best: Annotated[
        bool, typer.Option("--best", help="Try all models and settings: minutes, for a percent.")
    ] = False,
    models: Annotated[
        str, typer.Option(help="Only these, as chezhi recsys evaluate names them.")
    ] = "",
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Trains the recommender on the stored signals; puts it to use if it beats the live model."""
    from recsys.artefacts import Busy  # which loads torch
    from recsys.training import BEST, QUICK, grid_of

    names = chosen(models, BEST if best else QUICK, ("popularity", *BEST))
    given = settings(data_dir)
    async with open_database(given) as database, open_brain(given, database) as brain:
        with progress_bar() as progress:
            task = progress.add_task("Training", total=None)
            try:
                trained = await brain.training.train(
                    lambda done, total: progress.update(task, completed=done, total=total),
                    force=force,
                    grid=grid_of(names, quick=not best),
                )
            except TooLittleData as error:
                raise Failure(f"{error}. Until then content and popularity are used.") from error
            except Busy as error:
                raise Failure(str(error)) from error
    show(trained, as_json, _trained)


def _trained(manifest: dict[str, Any]) -> str:
    contest = manifest["contest"]
    state = "live" if contest["promoted"] else "kept, not live"
    figures = ", ".join(f"{name} {value:g}" for name, value in manifest["metrics"].items())
    lines = [
        f"Model {manifest['version']} is {state}: {contest['why']}.",
        f"  {manifest['settings'].get('model')}: {figures}",
    ]
    if found := contest["comparison"]:
        low, high = found["interval"]
        lines.append(
            f"  On {found['users']} users since {found['since']}: nDCG@10 "
            f"{found['challenger']['ndcg@10']} against {found['champion']['ndcg@10']} of the live "
            f"one, difference {found['difference']:+} (95 %: {low:+} to {high:+})"
        )
    if not contest["promoted"]:
        lines.append(f"Make it live all the same: chezhi recsys rollback {manifest['version']}")
    return "\n".join(lines)


async def recommend(
    user: Annotated[int, typer.Argument(help="A user's Telegram id.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many items.")] = 10,
    type_: Annotated[
        str | None, typer.Option("--type", help=f"Only one of: {', '.join(ITEM_TYPES)}.")
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Lists what fits a user, best first."""
    if type_ is not None and type_ not in ITEM_TYPES:
        raise typer.BadParameter(f"{type_!r} is not one of {', '.join(ITEM_TYPES)}.")
    from wording.reasons import reason_lines

    given = settings(data_dir)
    async with open_database(given) as database:
        async with database.read() as session:
            row = await users.get(session, user)
        if row is None:
            raise Failure(f"There is no user {user}.")
        if not VersionStore(given.recommender_dir).ids():
            raise Failure("There is no recommender yet. Make one: chezhi train", MISSING)
        texts = texts_for(row)
        async with open_brain(given, database) as brain:
            picked = await brain.recommendations.pick(row, k, type_, now=utc_now())
    for one in picked:
        line = {
            "item": one.item.id,
            "type": one.item.type,
            "title": texts.pick(one.item.title),
            "score": one.score,
            "reasons": reason_lines(one, texts),
        }
        show(line, as_json, lambda o: f"{o['score']:.3f}  {o['title']} · {'; '.join(o['reasons'])}")
