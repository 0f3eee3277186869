"""`chezhi profiles`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import Timeout

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
from recsys.dataset import TooLittleData

TOP = 6


def mount(app: typer.Typer) -> None:
    app.command()(run(profiles))


async def profiles(
    as_json: Json = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Also draws the segments.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Groups the people who agreed by what interests them, and shows the groups."""
    if plot is not None and (plot.suffix.lower() != ".png" or not plot.parent.is_dir()):
        raise typer.BadParameter(f"{plot} must end in .png and lie in a folder that is there.")
    # These take seconds to import, and few commands need them.
    from wording.segment_plot import draw
    from wording.tags import Words
    from wording.texts import Texts

    given = settings(data_dir)
    async with open_database(given) as database, open_brain(given, database) as brain:
        with progress_bar() as progress:
            task = progress.add_task("Grouping people", total=None)
            try:
                found = await brain.profiles.build(
                    lambda done, total: progress.update(task, completed=done, total=total)
                )
            except TooLittleData as error:
                raise Failure(str(error)) from error
            except Timeout as error:
                raise Failure("Profiles are being made by another process; try later.") from error
        catalogue = await brain.profiles.branded()
    english, chinese = (Words(Texts(language), catalogue) for language in ("en", "zh"))
    if plot is not None:
        try:
            plot.write_bytes(draw(found, english, english))
        except OSError as error:
            raise Failure(f"{plot} can't be written: {error.strerror}.") from error
    order = sorted(range(len(found.ids)), key=lambda n: -found.sizes[n])
    told: dict[str, Any] = {
        "users": sum(found.sizes),
        "silhouette": round(found.silhouette, 4),
        "stability": round(found.stability, 4),
        "segments": [
            {
                "id": found.ids[n],
                "name": english.all(found.top(n)),
                "name_zh": chinese.all(found.top(n)),
                "size": found.sizes[n],
                "top_features": found.top(n, TOP),
            }
            for n in order
        ],
    }
    show(told, as_json, _lines)


def _lines(told: dict[str, Any]) -> str:
    head = (
        f"{len(told['segments'])} segments of {told['users']} people, "
        f"silhouette {told['silhouette']}, stability {told['stability']}"
    )
    rows = [
        f"{one['id']:>3}  {one['size']:>6}  {one['name']}  ({', '.join(one['top_features'])})"
        for one in told["segments"]
    ]
    return "\n".join([head, *rows])
