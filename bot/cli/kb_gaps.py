"""`chezhi kb gaps`: what people ask that the knowledge base lacks."""

from dataclasses import asdict
from typing import Annotated

import typer

from bot.cli.context import DataDir, Json, open_database, run, settings, show
from retrieval.cosines import E5, Cosines
from retrieval.knowledge import KnowledgeBase
from services.clock import utc_now


def mount(app: typer.Typer) -> None:
    app.command("gaps")(run(list_gaps))


async def list_gaps(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Of the last so many days.")] = 90,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Lists what was refused, rated down or weakly answered, with like questions together.

    Examples come without personal data, and only of people who agreed that it is kept.
    """
    from services.content import gaps

    given = settings(data_dir)
    async with open_database(given) as database:
        live, _ = KnowledgeBase.in_use(given.knowledge_dir, given.embedding_model)
        cosines = Cosines.of(live.cosines) if live else E5
        found = await gaps.find(database, utc_now(), days, cosines)
    for gap in found:
        row = asdict(gap) | {"last_asked": gap.last_asked.isoformat()}
        del row["questions"]
        show(
            row,
            as_json,
            lambda r: "\n       ".join(
                [
                    f"{r['count']:4}×  {r['people']} people: {r['refused']} refused "
                    f"({r['nearly']} nearly answered), "
                    f"{r['rated_down']} rated down, {r['weak']} weak",
                    *r["examples"],
                ]
            ),
        )
