"""`chezhi demo`: everything on this machine, with a chat page to try it in."""

import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import (
    DataDir,
    Failure,
    errors,
    open_brain,
    open_database,
    progress_bar,
    run,
    settings,
    until_stopped,
)
from recsys.dataset import TooLittleData
from services.clock import utc_now
from storage.database import Database
from storage.repositories import users

if TYPE_CHECKING:
    from services.brain import Brain

# A token in Telegram's form; the playground takes any.
TOKEN = "1000:chezhi-demo-token-0123456789-abcdefg"  # noqa: S105
NAME, USERNAME = "车知 Chezhi", "chezhi_bot"
ADMIN, EDITOR = 901, 902
QUICK_USERS = 5000


def mount(app: typer.Typer) -> None:
    app.command()(run(demo))


async def demo(
    port: Annotated[int, typer.Option(help="Where the chat page opens.")] = 8080,
    data_dir: DataDir = None,
) -> None:
    """Starts the bot and a Telegram-like chat page, with sample data. Needs nothing else."""
    given = settings(data_dir, bot_token=TOKEN, owner_ids=[ADMIN])
    _check_port(port)
    given.make_key_file()
    from bot.app import make_bot, poll
    from playground.server import Playground

    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(given))
        brain = await stack.enter_async_context(open_brain(given, database))
        if await until_stopped(prepare(brain)):
            raise KeyboardInterrupt
        await _give_roles(database)
        folder = given.playground_dir
        try:
            playground = await stack.enter_async_context(Playground(port=port, data_dir=folder))
        except OSError as error:
            raise _port_taken(port, error) from error
        playground.register(TOKEN, NAME, USERNAME)
        errors.print(f"\n[bold]车知 Chezhi is ready: {playground.url}[/bold]   (Ctrl+C stops it)")
        bot = make_bot(TOKEN, playground.url)
        await until_stopped(poll(brain, bot))


async def prepare(
    brain: "Brain", lessons: Mapping[str, bytes] | None = None, users_count: int | None = None
) -> None:
    """Loads the sample, builds the index and trains the recommender, as far as that is not done."""
    from sample.loading import USERS, golden_questions, lesson_files, load_sample

    questions = golden_questions() if lessons is None else []
    lessons = lesson_files() if lessons is None else lessons
    with progress_bar() as progress:
        loading = progress.add_task("Loading the sample", total=1)
        await load_sample(
            brain.database, brain.indexing, utc_now, lessons, users_count or USERS, questions
        )
        progress.update(loading, completed=1)
        if not await brain.indexing.is_built():
            indexing = progress.add_task("Indexing lessons", total=None)
            await brain.indexing.build(
                lambda done, total: progress.update(indexing, completed=done, total=total)
            )
        if not brain.recommendations.is_trained:
            training = progress.add_task("Training the recommender", total=None)
            await brain.training.train(
                lambda done, total: progress.update(training, completed=done, total=total)
            )
            # A second for the sample's people; of more, /segments makes them when it is asked.
            if (users_count or USERS) <= QUICK_USERS:
                grouping = progress.add_task("Grouping people", total=None)
                with suppress(TooLittleData):
                    await brain.profiles.build(
                        lambda done, total: progress.update(grouping, completed=done, total=total)
                    )


def _check_port(port: int) -> None:
    """Before the long work, so that nobody waits for nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise _port_taken(port, error) from error


def _port_taken(port: int, error: Exception) -> Failure:
    return Failure(f"Port {port} can't be used ({error}). Try another: --port 8090")


async def _give_roles(database: Database) -> None:
    """The page's admin and content editor have their roles from the start."""
    async with database.write() as session:
        for user_id, role in ((ADMIN, "admin"), (EDITOR, "editor")):
            if await users.get(session, user_id) is None:
                await users.meet(session, user_id, utc_now())
                await users.change(session, user_id, role=role)
