"""`chezhi kb versions`, `kb rollback`: what was indexed before, and going back to it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.context import DataDir, Failure, Json, run, settings, show
from retrieval.knowledge import KnowledgeBase, UnknownVersion
from storage.versions import Damaged

if TYPE_CHECKING:
    from services.content.indexing import Built


def mount(app: typer.Typer) -> None:
    app.command()(run(versions))
    app.command()(run(rollback))


async def versions(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Lists the versions that are kept, newest first."""
    given = settings(data_dir)
    for version, state in KnowledgeBase.versions(given.knowledge_dir):
        row = {
            "id": version.id,
            "created": version.created,
            "live": state == "live",
            "held": state == "held",
            "damaged": state == "damaged",
            "documents": version.documents,
            "chunks": version.chunks,
            "model": version.model,
            "metrics": version.metrics,
        }
        show(row, as_json, _line)


async def rollback(
    version: Annotated[str, typer.Argument(help="Its id, as chezhi kb versions shows it.")],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Makes an earlier version live again, or one that was held back. Running bots take it up."""
    given = settings(data_dir)
    try:
        live = KnowledgeBase.rollback(given.knowledge_dir, version, given.embedding_model)
    except UnknownVersion as error:
        raise Failure(str(error)) from error
    except Damaged as error:
        raise Failure(
            f"{error}. The live index stays as it is; chezhi kb versions lists the others."
        ) from error
    show(
        live,
        as_json,
        lambda v: (
            f"Index {v.id} is live: {v.documents} documents, {v.chunks} passages. "
            "The stored documents are as they were: the next chezhi kb index is made of them."
        ),
    )


def built_lines(built: "Built") -> str:
    """What came of a build, for people."""
    version, report = built.version, built.report
    state = "live" if built.live else "written, not live"
    lines = [
        f"Index {version.id} is {state}: {version.documents} documents, {version.chunks} passages."
    ]
    if report is None:
        return lines[0]
    for name, value in report.metrics.items():
        was = f" (live: {report.live[name]:.3g})" if report.live and name != "questions" else ""
        lines.append(f"  {name} {value:.3g}{was}{'  worse' if name in report.worse else ''}")
    for title, changes in (("Broken", report.broke), ("Mended", report.mended)):
        lines += [f"{title}:"] * bool(changes) + [f"  {change.question}" for change in changes]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    mark = next((name for name in ("live", "held", "damaged") if row[name]), "    ")
    figures = "  ".join(f"{name} {value:.3g}" for name, value in row["metrics"].items())
    return (
        f"{mark}  {row['id']}  {row['documents']} documents, {row['chunks']} passages, "
        f"{row['model']}  {figures}"
    ).rstrip()
