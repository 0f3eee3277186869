"""The bot on a playground, spoken to only over HTTP."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner, Result

from bot.app import make_bot, poll
from bot.cli import app
from playground.client import PlaygroundClient
from playground.server import Playground
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from retrieval.intents import Intents
from sample.loading import catalogue
from services.brain import Brain, open_brain
from services.clock import utc_now
from services.settings import Settings
from storage.database import Database
from storage.models import User
from storage.repositories import dealers, items, memberships, users
from tests.bot.acts import TOKEN
from tests.bot.command_line import SAMPLE, Run
from tests.bot.lessons import LESSONS
from tests.bot.models import loaded

ADMIN, EDITOR = 901, 902


def settings_in(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder, owner_ids=[ADMIN], messages_per_second=1000)


@pytest.fixture(scope="session")
def prepared(
    shared: Path,
    models_dir: Path,
    intents: Intents,
    encoder: Encoder,
    reader: BundledReader,
) -> Path:
    """A data folder with the lessons indexed, the sample catalogue, an admin and an editor."""
    folder = shared / "prepared"
    with FileLock(shared / "prepared.lock"), pytest.MonkeyPatch.context() as patch:
        if folder.exists():
            return folder
        (folder / "models").mkdir(parents=True)
        for file in models_dir.glob("intents.*"):
            shutil.copy(file, folder / "models")
        loaded(patch, encoder, reader)
        asyncio.run(_prepare(settings_in(folder)))
    return folder


async def _prepare(settings: Settings) -> None:
    database = Database(settings.database)
    await database.upgrade()
    async with open_brain(settings, database) as brain:
        await brain.indexing.add({name: text.encode() for name, text in LESSONS.items()})
        await brain.indexing.build()
        async with database.write() as session:
            found = catalogue(utc_now())
            await dealers.save(session, found.dealers, {})
            await items.save(session, found.items)
            await memberships.save_plans(session, found.plans)
            for user_id, role in ((ADMIN, "admin"), (EDITOR, "editor")):
                await users.meet(session, user_id, utc_now())
                await users.change(session, user_id, role=role)
        # Encodes the catalogue, so that no test has to.
        async with database.read() as session:
            await brain.recommendations.pick(await session.get_one(User, ADMIN), 1)
    await database.close()


def with_people(
    prepared: Path, folder: Path, make: Callable[[Database], Coroutine[Any, Any, None]]
) -> Path:
    """A copy of the prepared database in a folder, with what `make` writes to it."""

    async def made(url: str) -> None:
        database = Database(url)
        await make(database)
        await database.close()

    file = folder / "chezhi.db"
    shutil.copy(prepared / file.name, file)
    asyncio.run(made(settings_in(folder).database))
    return file


@pytest.fixture
def settings(tmp_path: Path, prepared: Path) -> Settings:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path)


@pytest.fixture
async def brain(
    settings: Settings,
    intents: Intents,
    encoder: Encoder,
    reader: BundledReader,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Brain]:
    """A copy of the prepared folder, opened; nothing is trained. The models are loaded once."""
    loaded(monkeypatch, encoder, reader)
    monkeypatch.setattr("services.answering.answers.Intents", lambda *_: intents)
    database = Database(settings.database)
    async with open_brain(settings, database) as brain:
        yield brain
    await database.close()


@pytest.fixture
async def pg() -> AsyncIterator[Playground]:
    async with Playground(limits=None) as playground:
        yield playground


@pytest.fixture
async def client(pg: Playground, brain: Brain) -> AsyncIterator[PlaygroundClient]:
    """The bot runs and polls; its personas are reached through the client."""
    running = asyncio.create_task(poll(brain, make_bot(TOKEN, pg.url)))
    async with PlaygroundClient(pg.url) as client:
        await client.wait_for_bot()
        yield client
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def run(
    tmp_path: Path,
    sqlite_template: Path,
    intents: Intents,
    encoder: Encoder,
    reader: BundledReader,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """`run("kb", "status")` in a data folder of its own; the models are loaded once."""
    loaded(monkeypatch, encoder, reader, "bot.cli.kb_evaluate")
    monkeypatch.setattr("services.answering.answers.Intents", lambda *_: intents)
    upgrade = Database.upgrade

    def copy_or_upgrade(database: Database) -> Coroutine[Any, Any, None]:
        file = Path(database.url.database or "")
        if database.is_sqlite and file.stat().st_size == 0:
            shutil.copyfile(sqlite_template, file)  # a fifth of a second less for each test
        return upgrade(database)

    monkeypatch.setattr(Database, "upgrade", copy_or_upgrade)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"COLUMNS": "200"})

    def call(*arguments: object, stdin: str | None = None, **env: str) -> Result:
        return runner.invoke(app, [str(a) for a in arguments], input=stdin, env=env or None)

    return call


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the database is kept that the first `stocked` test made."""
    return tmp_path_factory.mktemp("stock") / "chezhi.db"


@pytest.fixture
def stocked(run: Run, tmp_path: Path, stock: Path) -> Run:
    """`run`, with the sample's catalogue imported."""
    database = tmp_path / "var" / stock.name
    if stock.exists():
        database.parent.mkdir(mode=0o700)
        shutil.copy(stock, database)
    else:
        assert run("catalog", "import", SAMPLE / "items.yaml").exit_code == 0
        shutil.copy(database, stock)
    return run
