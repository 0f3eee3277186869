"""`chezhi campaign …`: what the chat does with campaigns."""

import typer

from bot.cli import campaign_report

app = typer.Typer(no_args_is_help=True)
campaign_report.mount(app)


@app.callback()
def _several() -> None:
    """One command alone would else be taken for the whole."""
