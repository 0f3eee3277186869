"""`chezhi ask` and `chezhi search`."""

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.context import (
    DataDir,
    Json,
    need_index,
    open_database,
    run,
    settings,
    show,
    something,
)
from services.settings import Settings
from storage.database import Database
from wording.formatting import plain

if TYPE_CHECKING:
    from services.answering.answers import Answers
    from services.answering.rewording import Rewording


def mount(app: typer.Typer) -> None:
    app.command()(run(ask))
    app.command()(run(search))


async def ask(
    text: Annotated[
        str,
        typer.Argument(help="A question, or - for one a line of stdin.", callback=something),
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Answers a question from the knowledge base, with its sources.

    `-` answers each line of stdin on its own, as one JSON object a line; models are loaded once.
    """
    given = settings(data_dir)
    need_index(given)
    from services.answering.answers import open_answers

    async with open_database(given) as database, open_answers(given) as answers:
        rewording = await _open_rewording(given, answers, database)
        try:
            if text != "-":
                show(await _asked(text, answers, rewording), as_json, _readable)
                return
            stdin = typer.get_text_stream("stdin", encoding="utf-8", errors="replace")
            while line := await asyncio.to_thread(stdin.readline):
                if line.strip():
                    show(await _asked(line.strip(), answers, rewording), True, _readable)
                    sys.stdout.flush()  # whoever asks line by line waits for it
        finally:
            if rewording is not None:
                await rewording.close()


async def _open_rewording(
    given: Settings, answers: "Answers", database: Database
) -> "Rewording | None":
    """What words answers better, where a generator is set."""
    from services.answering.answers import open_generator

    if (generator := await open_generator(given)) is None:
        return None
    from services.answering.rewording import Rewording

    return Rewording(generator, answers.encoder, database, answers.service.read)


async def _asked(text: str, answers: "Answers", rewording: "Rewording | None") -> dict[str, Any]:
    """What is told of a question: `answer` is what the chat would say to what is no question."""
    from retrieval.intents import Kind
    from wording.answers import foot, said
    from wording.texts import Texts

    found = await answers.service.answer(text)
    answer = (rewording and await rewording.reworded(text, found)) or found
    texts = Texts(answer.language)
    asks = answer.intent.kind is Kind.QUESTION
    told, shown = answer.text, list(answer.citations)
    if not asks:
        told = "\n\n".join(filter(None, (plain(said(answer.intent, texts)), told)))
    elif answer.offered is not None and answer.declined is None:
        # What may be the answer after all is a quote as any other, after a word of doubt.
        shown.append(answer.offered)
        doubt = f"{texts('answer-refused')} {answer.offered.quote} [{len(shown)}]"
        told = "\n\n".join(filter(None, (told, doubt)))
    fields = ("document", "title", "locator", "quote", "score")
    return {
        "question": text,
        "answer": told,
        "refused": answer.refused and asks,
        "intent": str(answer.intent.kind),
        "wish": answer.intent.of,
        "dangerous": answer.dangerous,
        "caution": plain(foot(answer, texts)).strip(),
        "language": answer.language,
        "mode": answer.mode,
        "citations": [{name: getattr(citation, name) for name in fields} for citation in shown],
        "timings_ms": answer.timings_ms,
    }


async def search(
    text: Annotated[str, typer.Argument(help="What to look for.", callback=something)],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Lists the passages nearest to a text."""
    given = settings(data_dir)
    need_index(given)
    from services.answering.answers import open_answers

    async with open_answers(given) as answers:
        hits = await answers.service.search(text, k)
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
    if not result["answer"]:
        return "—"
    sources = [
        f"[{number}] {citation['title']} · {citation['locator']}"
        for number, citation in enumerate(result["citations"], start=1)
    ]
    return "\n".join([result["answer"], "", *sources, *filter(None, [result["caution"]])]).strip()
