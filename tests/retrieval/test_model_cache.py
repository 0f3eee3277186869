import subprocess
import sys
from pathlib import Path

from retrieval.model_cache import converted, damaged

# Writes a file, tells so, and goes on when it may.
SLOW = """
import sys
from pathlib import Path
from retrieval.model_cache import converted

def convert(folder):
    folder.mkdir()
    (folder / "weights").write_text("half")
    print("half way", flush=True)
    sys.stdin.readline()
    (folder / "weights").write_text("whole")

converted(Path(sys.argv[1]), "model", convert)
"""


def start(cache: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(cache)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def half_way(process: subprocess.Popen[bytes]) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == b"half way\n"


def whole(folder: Path) -> None:
    folder.mkdir()
    (folder / "weights").write_text("whole")


def test_a_conversion_that_is_killed_leaves_nothing_to_be_taken_for_a_model(
    tmp_path: Path,
) -> None:
    with start(tmp_path) as process:
        assert half_way(process)
        process.kill()
    assert (tmp_path / "model.building" / "weights").read_text() == "half"
    assert not (tmp_path / "model").exists()
    assert (converted(tmp_path, "model", whole) / "weights").read_text() == "whole"
    assert not (tmp_path / "model.building").exists()


def test_two_processes_convert_once(tmp_path: Path) -> None:
    with start(tmp_path) as first:
        assert half_way(first)
        with start(tmp_path) as second:
            # The second waits for the first's lock, then finds the model.
            assert not (tmp_path / "model").exists()
            first.communicate(b"\n")
            out, _ = second.communicate(b"\n")
    assert first.returncode == second.returncode == 0
    assert out == b""
    assert (tmp_path / "model" / "weights").read_text() == "whole"


def test_a_damaged_model_is_made_anew(tmp_path: Path) -> None:
    made: list[str] = []

    def deep(folder: Path) -> None:
        made.append("once more")
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "config").write_text("{}")
        (folder / "weights").write_text("whole")

    folder = converted(tmp_path, "model", deep)
    assert converted(tmp_path, "model", deep) == folder
    assert (made, damaged(tmp_path)) == (["once more"], [])
    for file, content in (
        ("weights", "hole"),
        ("weights", None),
        ("inner/config", ""),
        ("../model.json", "{"),
        ("../model.json", "{}"),
        ("../model.json", "[1]"),
        ("../model.json", None),
    ):
        made.clear()
        if content is None:
            (folder / file).unlink()
        else:
            (folder / file).write_text(content)
        assert damaged(tmp_path) == ["model"]
        assert (converted(tmp_path, "model", deep) / "weights").read_text() == "whole"
        assert (made, damaged(tmp_path)) == (["once more"], []), file
