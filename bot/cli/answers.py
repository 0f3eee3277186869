"""`chezhi ask` and `chezhi search`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from bot.cli.context import (
    DataDir,
    Json,
    need_index,
    open_brain,
    open_database,
    run,
    settings,
    show,
    something,
)


def mount(app: typer.Typer) -> None:
    app.command()(run(ask))
    app.command()(run(search))


async def ask(
    text: Annotated[str, typer.Argument(help="A question.", callback=something)],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Answers a question from the knowledge base, with its sources."""
    given = settings(data_dir)
    need_index(given)
    from bot.rewording import Rewording
    from bot.services import open_generator

    async with open_database(given) as database, open_brain(given, database) as brain:
        generator = await open_generator(given)
        rewording = Rewording(generator, brain.encoder, database, brain.answer_service.read)
        try:
            found = await brain.answer_service.answer(text)
            answer = await rewording.reworded(text, found) or found
        finally:
            await rewording.close()
    fields = ("document", "title", "locator", "quote", "score")
    result = {
        "answer": answer.text,
        "refused": answer.refused,
        "language": answer.language,
        "mode": answer.mode,
        "citations": [
            {name: getattr(citation, name) for name in fields} for citation in answer.citations
        ],
        "timings_ms": answer.timings_ms,
    }
    show(result, as_json, _readable)


async def search(
    text: Annotated[str, typer.Argument(help="What to look for.", callback=something)],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Lists the passages nearest to a text."""
    given = settings(data_dir)
    need_index(given)
    async with open_database(given) as database, open_brain(given, database) as brain:
        hits = await brain.answer_service.search(text, k)
    fields = ("document", "chunk", "title", "locator", "text", "score")
    for hit in hits:
        show(
            {name: value for name, value in asdict(hit).items() if name in fields},
            as_json,
            lambda row: (
                f"{row['score']:.3f}  {row['title']} · {row['locator']}\n       {row['text']}"
            ),
        )


def _readable(result: dict[str, Any]) -> str:
    if result["refused"]:
        return "—"
    sources = [
        f"[{number}] {citation['title']} · {citation['locator']}"
        for number, citation in enumerate(result["citations"], start=1)
    ]
    return "\n".join([result["answer"], "", *sources])
