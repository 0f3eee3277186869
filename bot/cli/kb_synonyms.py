"""`chezhi kb synonyms`: the list of words for one thing, checked, and what it may lack."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import typer

from bot.cli.context import DataDir, Failure, Json, open_brain, open_database, run, settings, show
from retrieval.synonyms import SynonymFile, SynonymsError
from services.clock import utc_now


def mount(app: typer.Typer) -> None:
    app.command("synonyms")(run(synonyms))


async def synonyms(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Of the last so many days.")] = 90,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Checks synonyms.yaml in the data directory, and proposes words that people asked with.

    Proposed is what no lesson has, with the lessons' word that comes nearest: for you to judge.
    """
    from services.content import new_words

    given = settings(data_dir)
    file = SynonymFile(given.synonyms_file)
    try:
        listed = await asyncio.to_thread(file.load)
    except SynonymsError as error:
        raise Failure(str(error)) from error
    async with open_database(given) as database, open_brain(given, database) as brain:
        index = await asyncio.to_thread(brain.knowledge.index)
        found = await new_words.find(database, utc_now(), index, brain.knowledge.encode, days)
    result = {
        "file": str(given.synonyms_file),
        "own": given.synonyms_file.is_file(),
        "spellings": len(listed.spellings),
        "groups": len(listed.groups),
        "proposed": [asdict(word) for word in found],
    }
    show(result, as_json, _readable)


def _readable(result: dict[str, Any]) -> str:
    there = "" if result["own"] else " (not there yet: make it to add your own)"
    head = f"{result['file']}{there}: {result['groups']} groups, {result['spellings']} spellings"
    lines = [
        f"  - [{word['like'] or '?'}, {word['word']}]   # {word['people']} people"
        for word in result["proposed"]
    ]
    told = ["proposed, for you to judge:", "synonyms:", *lines] if lines else []
    return "\n".join([head, *told])
