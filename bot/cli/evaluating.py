"""`chezhi recsys evaluate`: models on a folder with a split, or the live one on shown lists."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import model_report, model_versions
from bot.cli.context import (
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
from recsys.folders import Folder, FolderError, Protocol, read
from services.settings import Settings

app = typer.Typer(no_args_is_help=True)
model_versions.mount(app)
model_report.mount(app)


@app.command()
@run
async def evaluate(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Holds train, test and perhaps valid.")
    ] = None,
    protocol: Annotated[
        Protocol | None,
        typer.Option(help="`lightgcn`: lines `user item item …`; `csv`: user,item[,value][,time]."),
    ] = None,
    models: Annotated[str, typer.Option(help="Names, as in the output; without it, all.")] = "",
    own: Annotated[
        bool, typer.Option("--own", help="On this installation's own signals, by time; no DIR.")
    ] = False,
    logged: Annotated[
        bool, typer.Option("--logged", help="The live model on the lists that were shown; no DIR.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Tunes models on held-out training data, then measures each once on the test file."""
    if logged:
        if folder or protocol or models or own:
            raise typer.BadParameter("--logged takes no DIR, --protocol, --models or --own.")
        await _logged(settings(data_dir), as_json)
        return
    if own and (folder or protocol):
        raise typer.BadParameter("--own takes no DIR or --protocol.")
    if not own and (folder is None or protocol is None):
        raise typer.BadParameter(
            "It takes a DIR with --protocol lightgcn or csv, or --own, or --logged."
        )
    from recsys.evaluation import evaluate as measure
    from recsys.models.registry import NAMES

    names = chosen(models, NAMES, NAMES)
    with progress_bar() as bar:
        task = bar.add_task("Reading", total=None)
        try:
            if folder is not None and protocol is not None:
                data = read(folder, protocol)
            else:
                data = await _own_log(settings(data_dir))
        except (FolderError, TooLittleData) as error:
            raise Failure(f"{error}".rstrip(".") + ".") from error
        result = measure(
            data,
            names,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )
    show(result, as_json, _table)


async def _own_log(given: Settings) -> Folder:
    async with open_database(given) as database, open_brain(given, database) as brain:
        return await brain.training.own_log()


async def _logged(given: Settings, as_json: bool) -> None:
    from services.recommending.exploring import evaluate_logged

    async with open_database(given) as database, open_brain(given, database) as brain:
        found = await evaluate_logged(brain.recommendations)
    if found is None:
        raise Failure("No lists are logged yet: /recommend notes those of people who agreed to it.")
    show(found, as_json, _earned)


def _earned(found: dict[str, Any]) -> str:
    lines = [
        f"{found['lists']} lists of {found['users']} users since {found['since']}; live: model "
        f"{found['version'] or 'none'}, {found['explore']:g} of the places explored"
    ]
    for name in ("clicks", "likes"):
        one = found[name]
        live = "not to be told" if one["live"] is None else f"{one['live']:.4f}"
        if one["interval"]:
            live += " (95 %: {:.4f} to {:.4f})".format(*one["interval"])
        lines.append(
            f"  {name} per shown item: {one['logged']:.4f} as logged, {live} for the live model; "
            f"effective sample {one['ess']:g}"
        )
    return "\n".join(lines)


def _table(result: dict[str, Any]) -> str:
    columns = ("recall@10", "ndcg@10", "recall@20", "ndcg@20", "fit_s", "users_per_s")
    lines = [
        f"{result['users']} users, {result['items']} items, {result['train']} training pairs, "
        f"{result['test']} test pairs of {result['test_users']} users",
        f"Not ranked: {result['new_test_users']} new users, "
        f"{result['repeated_test_pairs']} pairs of training",
        f"Settings chosen on: {result['validation']}",
        f"{'':14}" + "".join(f"{column:>13}" for column in columns),
    ]
    for name, row in result["models"].items():
        lines.append(f"{name:14}" + "".join(f"{row[column]:>13}" for column in columns))
    lines += [f"{name}: left out, {why}" for name, why in result["skipped"].items()]
    return "\n".join([*lines, f"Best on validation: {result['best']}"])
