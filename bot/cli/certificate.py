"""`chezhi certificate …`: whether a certificate is real."""

from typing import Annotated, Any

import typer

from activities import certificates
from bot.cli.context import DataDir, Json, open_database, run, settings, show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def certificate() -> None:
    """Certificates of courses."""


@app.command()
@run
async def verify(
    code: Annotated[str, typer.Argument(help="As it stands on the certificate.")],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Says what a code stands for; exit code 1 where the certificate is unknown or revoked."""
    async with open_database(settings(data_dir)) as database:
        checked = await certificates.check(database, code)
    if checked is None:
        told: dict[str, Any] = {"valid": False, "reason": "unknown"}
        show(told, as_json, lambda _: "No certificate has this code.")
        raise typer.Exit(1)
    told = {
        "valid": checked.valid,
        "course": checked.course,
        "title": checked.title,
        "issued_at": checked.issued_at.isoformat(),
        "name": checked.name,
    }
    if checked.revoked_at is not None:
        told |= {"reason": "revoked", "revoked_at": checked.revoked_at.isoformat()}
    show(told, as_json, _line)
    if not checked.valid:
        raise typer.Exit(1)


def _line(told: dict[str, Any]) -> str:
    title = " / ".join(dict.fromkeys(told["title"].values()))
    state = "valid" if told["valid"] else "REVOKED"
    return f"{state}  {told['name']}  {told['course']} ({title})  issued {told['issued_at'][:10]}"
