"""`chezhi demo` killed or stopped at its long works, then let run."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sqlalchemy import func, select
from typer.testing import CliRunner

from bot.cli import app
from playground.client import PlaygroundClient
from retrieval.intents import Intents
from sample.behaviour import generate, load_items
from storage.database import Database
from storage.models import Document, Item, Signal, User
from tests.bot.forked import Forked, forked
from tests.bot.processes import data_folder, environment, kill
from tests.bot.small_demo import USERS, lessons
from tests.bot.test_crashes import free_port

PATIENCE = 90.0


def started(port: int, folder: Path) -> AbstractAsyncContextManager[Forked]:
    return forked("tests.bot.small_demo", str(port), str(folder), env=environment())


async def read_until(stream: asyncio.StreamReader, part: str) -> list[str]:
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while line := (await stream.readline()).decode():
            lines.append(line)
            if part in line:
                return lines
    raise AssertionError(f"ended without {part!r}: {lines}")


async def ended(process: Forked) -> tuple[bytes, bytes]:
    """What it still wrote; of one that does not end, the failure says where its threads are."""
    reading = asyncio.ensure_future(process.communicate())
    done, _ = await asyncio.wait({reading}, timeout=PATIENCE)
    if not done:
        process.send_signal(signal.SIGABRT)
        _, told = await reading
        raise AssertionError(f"does not end:\n{told.decode()}")
    return reading.result()


async def contents(folder: Path) -> dict[str, int]:
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    async with database.read() as session:
        found = {
            model.__tablename__: await session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Document, Item, User, Signal)
        }
    await database.close()
    return found


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("versions/*"))


async def test_killed_while_indexing_and_training_then_whole(
    tmp_path: Path, models_dir: Path, intents: Intents
) -> None:
    folder = data_folder(tmp_path / "var", models_dir)
    port = free_port()
    async with started(port, folder) as process:
        await read_until(process.stdout, "indexing 64")
        await kill(process)
    assert versions(folder / "kb") == []
    async with started(port, folder) as process:
        begun = await read_until(process.stdout, "indexing")
        process.send_signal(signal.SIGINT)
        out, told = await ended(process)
    assert begun[0] != "indexing 0\n", "what was encoded before the kill is not encoded again"
    assert process.returncode != 0
    assert b"training" not in out
    assert b"Traceback" not in told
    # The last batch may have been under way: then the index is whole.
    assert all("building" not in name for name in versions(folder / "kb"))
    async with started(port, folder) as process:
        await read_until(process.stdout, "training")
        await kill(process)
    assert len(versions(folder / "kb")) == 1
    assert versions(folder / "recommender") == []
    async with started(port, folder) as process:
        done = await read_until(process.stderr, "is ready")
        assert f"http://127.0.0.1:{port}" in done[-1]
        again = ("demo", "--port", str(port), "--data-dir", str(tmp_path))
        second = await asyncio.to_thread(CliRunner().invoke, app, again)
        assert second.exit_code == 1
        assert f"Port {port} can't be used" in second.stderr
        assert "Traceback" not in second.stderr
        async with PlaygroundClient(f"http://127.0.0.1:{port}") as client:
            await client.wait_for_bot(PATIENCE)
            person = await client.persona(101)
            await person.send("/help")
            await person.wait_text("/recommend", PATIENCE)
        process.send_signal(signal.SIGINT)
        out, rest = await ended(process)
    assert process.returncode == 0
    assert b"Traceback" not in rest
    assert b"indexing" not in out, "the index of the start before is there"
    made = generate(load_items(), USERS)
    found = await contents(folder)
    assert found["documents"] == len(lessons())
    assert found["items"] == len(load_items())
    assert found["users"] == USERS + 3  # the admin, the editor, and who wrote
    assert abs(found["signals"] - len(made.signals)) < len(made.signals) * 0.2
    assert len(versions(folder / "kb")) == len(versions(folder / "recommender")) == 1
