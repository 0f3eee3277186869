"""`chezhi recsys evaluate`: models measured on a folder with a published split."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import model_report, model_versions
from bot.cli.context import Failure, Json, progress_bar, run, show
from recsys.folders import FolderError, Protocol, read

app = typer.Typer(no_args_is_help=True)
model_versions.mount(app)
model_report.mount(app)


@app.command()
@run
async def evaluate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Holds train, test and perhaps valid.")
    ],
    protocol: Annotated[
        Protocol,
        typer.Option(help="`lightgcn`: lines `user item item …`; `csv`: user,item[,value][,time]."),
    ],
    models: Annotated[str, typer.Option(help="Names, as in the output; without it, all.")] = "",
    as_json: Json = False,
) -> None:
    """Tunes models on held-out training data, then measures each once on the test file."""
    from recsys.evaluation import evaluate as measure
    from recsys.models.registry import NAMES

    names = [name for name in models.replace(" ", "").split(",") if name] or list(NAMES)
    if unknown := sorted(set(names) - set(NAMES)):
        raise typer.BadParameter(
            f"There is no model {', '.join(unknown)}. There are: {', '.join(NAMES)}.",
            param_hint="--models",
        )
    with progress_bar() as bar:
        task = bar.add_task("Reading", total=None)
        try:
            given = read(folder, protocol)
        except FolderError as error:
            raise Failure(str(error)) from error
        result = measure(
            given,
            names,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )
    show(result, as_json, _table)


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
