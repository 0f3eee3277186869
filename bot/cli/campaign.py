"""`chezhi campaign …`."""

import typer

from bot.cli import campaign_plan

app = typer.Typer(no_args_is_help=True)
campaign_plan.mount(app)


@app.callback()
def campaign() -> None:
    """Campaigns."""
