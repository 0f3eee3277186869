"""`chezhi campaign …`: what the chat does with campaigns."""

import typer

from bot.cli import campaign_plan, campaign_report

app = typer.Typer(no_args_is_help=True)
campaign_plan.mount(app)
campaign_report.mount(app)
