"""Versioned folders survive kills at any moment and damage of any file."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import Timeout

from storage.versions import Damaged, VersionStore, checksums, verify


def publish(store: VersionStore, text: str = "content") -> str:
    version_id, folder = store.begin()
    (folder / "file").write_text(text)
    store.publish(version_id)
    return version_id


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    return VersionStore(tmp_path / "root", keep=3)


def test_nothing_is_live_before_the_first_version(store: VersionStore) -> None:
    assert store.live() is None
    assert store.candidates() == []


def test_the_live_version_and_those_before_it_are_kept(store: VersionStore) -> None:
    made = [publish(store) for _ in range(5)]
    assert made == sorted(set(made))
    assert store.live() == made[-1]
    assert store.candidates() == made[:1:-1]
    assert [store.path(version).exists() for version in made] == [False, False, True, True, True]


def test_an_older_live_version_is_tried_first(store: VersionStore) -> None:
    older, newer = publish(store), publish(store)
    (store.root / "LIVE").write_text(older)
    assert store.candidates() == [older, newer]


def test_what_is_no_version_is_left_alone(store: VersionStore) -> None:
    publish(store)
    stray = store.root / "versions" / ".DS_Store"
    stray.write_text("")
    made = [publish(store) for _ in range(3)]
    assert store.candidates() == made[::-1]
    assert stray.exists()


def test_one_process_builds_at_a_time(store: VersionStore) -> None:
    with store.lock():
        code = f"""
from pathlib import Path
from storage.versions import VersionStore
with VersionStore(Path({str(store.root)!r})).lock(): pass
"""
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "filelock._error.Timeout" in other.stderr
        with pytest.raises(Timeout), VersionStore(store.root).lock():
            pass
    with VersionStore(store.root).lock():
        pass


# The publishing process kills itself at its n-th fsync, between any two steps that count.
KILLED = """
import os, signal, sys
from pathlib import Path
from storage.versions import VersionStore
calls, real = 0, os.fsync
def fsync(handle):
    global calls
    calls += 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    real(handle)
os.fsync = fsync
store = VersionStore(Path(sys.argv[1]))
with store.lock():
    version_id, folder = store.begin()
    (folder / "file").write_text("new")
    store.publish(version_id)
"""


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_a_kill_leaves_the_old_or_the_new_version_whole(store: VersionStore, call: int) -> None:
    old = publish(store, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(store.root), str(call)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    live = store.live()
    assert live is not None
    content = (store.path(live) / "file").read_text()
    assert content == ("old" if live == old else "new")
    assert (live != old) == (call == 4)
    with store.lock():
        assert publish(store) == store.live()
    assert not list(store.root.glob("versions/*.building"))


def test_damage_is_found(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    expected = checksums(tmp_path, ("a", "b"))
    verify(tmp_path, expected)
    (tmp_path / "b").write_text("c")
    with pytest.raises(Damaged, match="b is damaged"):
        verify(tmp_path, expected)
    (tmp_path / "b").unlink()
    with pytest.raises(Damaged, match="No such file"):
        verify(tmp_path, expected)
