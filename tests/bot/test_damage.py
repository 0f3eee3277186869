"""Damaged files of the data folder: what can be made anew is, something else serves meanwhile."""

import json
import shutil
from pathlib import Path

import pytest

from bot.app import make_bot
from playground.client import PlaygroundClient
from playground.server import Playground
from recsys import artefacts
from recsys.training import Trained
from tests.bot.command_line import Run, lessons, one
from tests.bot.processes import chezhi, last, polling
from tests.bot.staff import ADMIN, SLOW, TOKEN
from tests.recsys.conftest import small

__all__ = ["small"]

QUESTION = "制动液多久换一次？"
POINTERS = (b"", b"\xff\xfe\x00", b"../../..", b"x" * 5000, b"20200101-000000-000000-abcd")


def flipped(file: Path) -> bytes:
    data = file.read_bytes()
    return data[:-9] + bytes(byte ^ 1 for byte in data[-9:])


def test_a_damaged_index_is_not_called_live_and_an_earlier_one_answers(
    run: Run, tmp_path: Path
) -> None:
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    first, second = (one(run("kb", "index", "--full", "--json"))["id"] for _ in range(2))
    root = tmp_path / "var" / "kb"
    folder = root / "versions" / second
    manifest = json.loads((folder / "manifest.json").read_text())
    damages = [(root / "LIVE", content, second) for content in POINTERS]
    damages += [
        (folder / "index.faiss", flipped(folder / "index.faiss"), first),
        (folder / "passages.npy", b"", first),
        (folder / "manifest.json", b"[]", first),
        (folder / "manifest.json", json.dumps(manifest | {"checksums": {}}).encode(), first),
        (folder / "manifest.json", json.dumps(manifest | {"calibration": [1]}).encode(), first),
        (folder / "manifest.json", json.dumps(manifest | {"cosines": {"a": 1}}).encode(), first),
    ]
    for file, content, used in damages:
        good = file.read_bytes()
        file.write_bytes(content)
        status = one(run("kb", "status", "--json"))
        assert (status["live"]["id"], len(status["damaged"])) == (used, 1), content[:30]
        file.write_bytes(good)
    assert one(run("kb", "status", "--json")).keys() == {"stored_documents", "live"}
    (root / "LIVE").write_bytes(POINTERS[1])
    (folder / "passages.npy").write_bytes(b"")
    assert "damaged  " + second in run("kb", "versions").stdout
    told = run("kb", "status").stdout
    assert "The live index can't be used" in told
    assert "chezhi kb index makes it anew" in told
    assert "Live:" not in told
    doctor = run("doctor", "--json")
    assert doctor.exit_code == 1
    knowledge = json.loads(doctor.stdout)["checks"]["knowledge"]["told"]
    assert "Make it anew: chezhi kb index" in knowledge
    assert "两年" in one(run("ask", QUESTION, "--json"))["answer"]
    (root / "versions" / first / "chunks.jsonl").write_text("")
    nothing = run("ask", QUESTION)
    assert nothing.exit_code == 3
    assert "Make it anew: chezhi kb index" in nothing.stderr
    assert "No index can be used" in run("kb", "status").stdout
    assert one(run("kb", "index", "--json"))["built"]
    assert "damaged" not in one(run("kb", "status", "--json"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]"])
def test_a_damaged_recommender_is_told_by_doctor(
    run: Run, tmp_path: Path, small: Trained, content: bytes
) -> None:
    root = tmp_path / "var" / "recommender"
    first, second = artefacts.save(root, small), artefacts.save(root, small)

    def told() -> str:
        found = json.loads(run("doctor", "--json").stdout)["checks"]["recommender"]
        return f"{found['ok']} {found['told']}"

    assert told() == f"True model {second.version}"
    (root / "LIVE").write_bytes(content)
    assert f"model {second.version} is used instead" in told()
    (root / "versions" / second.version / "manifest.json").write_bytes(content)
    assert f"model {first.version} is used instead. Make it anew: chezhi train" in told()


async def test_the_bot_starts_with_every_file_damaged_that_can_be_made_anew(
    tmp_path: Path, prepared: Path, small: Trained
) -> None:
    folder = tmp_path / "var"
    shutil.copytree(prepared, folder)
    (folder / "models" / "intents.npz").write_bytes(b"\x00" * 5000)
    artefacts.save(folder / "recommender", small)
    for root in ("kb", "recommender"):
        (folder / root / "LIVE").write_bytes(b"\xff\xfe")
    async with Playground(limits=None) as playground, PlaygroundClient(playground.url) as client:
        bot = make_bot(TOKEN, playground.url)
        await bot.get_me()
        await bot.session.close()
        admin = await client.persona(ADMIN, language_code="zh")
        await admin.send("早先的话")  # whom nobody has written to can't be told anything
        since = await last(client)
        where = ("--api-base", playground.url, "--data-dir", str(folder))
        async with chezhi("run", *where):
            await polling(client, since)
            for part in ("当前索引不能用", "推荐模型不能用"):
                await admin.wait_text(part, SLOW)
            await admin.send(QUESTION)
            assert "两年" in (await admin.wait_text("[1]", SLOW))["text"]
            mark = admin.now
            await admin.send("/recommend")
            await admin.wait_text("推荐理由", SLOW, mark)
