"""`chezhi run`: the bot, on Telegram or any server that speaks the Bot API."""

import logging
from typing import Annotated

import typer

from bot.cli.context import (
    DataDir,
    Failure,
    open_brain,
    open_database,
    run,
    settings,
    until_stopped,
)
from retrieval.knowledge import KnowledgeBaseMissing

log = logging.getLogger(__name__)


def mount(app: typer.Typer) -> None:
    app.command("run")(run(serve))


async def serve(
    api_base: Annotated[
        str | None, typer.Option("--api-base", help="Another Bot API server than Telegram's.")
    ] = None,
    webhook: Annotated[
        str | None, typer.Option("--webhook", help="https URL that Telegram shall call.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where the webhook listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where the webhook listens.")] = 8081,
    data_dir: DataDir = None,
) -> None:
    """Runs the bot by long polling, or by webhook with --webhook."""
    given = settings(data_dir)
    if given.bot_token is None or given.token_fault:
        raise Failure(f"{given.token_fault}. Take the token that @BotFather gave you.")
    from aiogram.exceptions import TelegramNetworkError, TelegramUnauthorizedError

    from bot.app import make_bot, poll, run_webhook

    url = webhook or given.public_url
    bot = make_bot(given.bot_token.get_secret_value(), api_base)
    try:
        # Before models are loaded for a bot that isn't let in.
        await bot.me()
        async with open_database(given) as database, open_brain(given, database) as brain:
            try:
                brain.knowledge.index()
            except KnowledgeBaseMissing as error:
                log.warning("%s", error)
            await until_stopped(
                run_webhook(brain, bot, url, host, port) if url else poll(brain, bot)
            )
    except TelegramUnauthorizedError as error:
        raise Failure(
            f"The server refuses the token ({error.message}). Set CHEZHI_BOT_TOKEN to the one "
            "that @BotFather shows."
        ) from error
    except TelegramNetworkError as error:
        raise Failure(
            f"{api_base or 'Telegram'} can't be reached: {error.message}. Check the network "
            "and --api-base, then start again."
        ) from error
    finally:
        await bot.session.close()
