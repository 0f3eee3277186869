"""What was deleted is in no file any more, and what is kept is for nobody else's eyes."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import app as app_module
from playground.client import Person, PlaygroundClient
from services.brain import Brain
from tests.bot.acts import agreed, tap, with_button
from tests.bot.command_line import Run, lessons

WORD = "Zwickelbremse"
NAME = "Annabellinda"


def where(folder: Path, *words: str) -> set[str]:
    """Names of the files that hold one of the words."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {f.name for f in files if any(word.encode() in f.read_bytes() for word in words)}


async def asked(client: PlaygroundClient) -> Person:
    person = await agreed(client, NAME)
    for text in (f"Why does my {WORD} squeal in winter?", f"{WORD} " * 250):
        await person.send(text)
    # One after the other: when this is answered, all before it is done.
    await person.send("/terms")
    await person.wait_text("/paysupport")
    return person


async def delete(person: Person) -> None:
    await person.send("/privacy")
    shown = await with_button(person, "privacy:delete")
    await tap(person, shown, "privacy:delete")
    await tap(person, shown, "privacy:delete-yes")
    await person.wait_text("Everything is deleted")


async def test_after_a_deletion_in_the_chat_no_file_has_the_words(
    client: PlaygroundClient, brain: Brain, tmp_path: Path
) -> None:
    person = await asked(client)
    assert where(tmp_path, WORD), "in the log, or in the database if the log was just written back"
    await delete(person)
    assert where(tmp_path, WORD) == set()
    # The tap itself names the person, so that goes when the tap is handled.
    assert await brain.database.wipe_traces()
    assert where(tmp_path, NAME) == set()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "SETTLE_EVERY_S", 0.2)


async def test_whoever_reads_meanwhile_delays_only_the_wiping(
    hurried: None, client: PlaygroundClient, brain: Brain, tmp_path: Path
) -> None:
    person = await asked(client)
    reader = sqlite3.connect(tmp_path / "chezhi.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM users").fetchone()
    await delete(person)
    assert where(tmp_path, WORD), "in the log, or in the database if the log was just written back"
    assert not await brain.database.wipe_traces()
    reader.close()
    async with asyncio.timeout(10):
        while where(tmp_path, WORD, NAME):  # noqa: ASYNC110 (nothing tells it)
            await asyncio.sleep(0.1)


async def test_after_a_deletion_on_the_command_line_too(
    run: Run, client: PlaygroundClient, brain: Brain, settings: object, tmp_path: Path
) -> None:
    person = await asked(client)
    deleted = await asyncio.to_thread(
        run, "user", "delete", person.id, "--yes", "--data-dir", tmp_path
    )
    assert deleted.exit_code == 0, deleted.stderr
    assert "within a minute" not in deleted.stderr
    assert where(tmp_path, WORD, NAME) == set()


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def loose(folder: Path) -> list[str]:
    """What other accounts may look into."""
    found = [folder, *folder.rglob("*")]
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in found if not path.is_symlink()}
    return [f"{path.name} {mode:o}" for path, mode in modes.items() if mode & 0o077]


def test_the_data_folder_is_for_its_owner_alone(run: Run, tmp_path: Path, open_umask: None) -> None:
    var = tmp_path / "var"
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    assert run("kb", "index").exit_code == 0
    assert loose(var) == []
    assert os.umask(0o022) == 0o022, "a command leaves it as it was"
    # An older version left files open; links and what they lead to are left alone.
    for path in [var, var / "chezhi.db", *(var / "kb").rglob("*"), var / "kb"]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    shared = tmp_path / "shared"
    shared.write_text("…")
    (var / "kb" / "link").symlink_to(shared)
    with closing(sqlite3.connect(var / "chezhi.db")) as other:
        assert other.execute("SELECT count(*) FROM documents").fetchone() == (4,)
        assert {path.name for path in var.glob("chezhi.db-*")} == {"chezhi.db-wal", "chezhi.db-shm"}
        for path in var.glob("chezhi.db-*"):
            path.chmod(0o644)
        assert run("kb", "list").exit_code == 0
        assert loose(var) == []
    assert stat.S_IMODE(shared.stat().st_mode) == 0o644
    # A folder that holds other things, too, is not ours to close.
    (var / "letters.txt").write_text("…")
    var.chmod(0o755)
    assert run("kb", "list").exit_code == 0
    assert loose(var) == ["var 755", "letters.txt 644"]
