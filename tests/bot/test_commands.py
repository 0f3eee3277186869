"""The command line: what it prints, where, and how it ends."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli.demo import TOKEN
from sample.behaviour import main as write_sample
from tests.bot.command_line import SAMPLE, Run, exported, many, one


def test_help_names_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    for name in ("demo", "run", "ask", "search", "train", "recommend", "doctor", "kb", "catalog"):
        assert name in shown.stdout
    for name in ("signals", "user", "db"):
        assert name in shown.stdout
        assert run(name, "--help").exit_code == 0
    assert run("kb", "nonsense").exit_code == 2
    assert run("search", "x", "-k", "0").exit_code == 2


SLOW = {"aiogram", "matplotlib", "pandas", "scipy.stats", "sklearn", "statsmodels", "transformers"}
STARTED = """
import sys
from importlib import import_module
for names in sys.argv[1:]:
    for name in names.split():
        import_module(name)
    print(*sorted(sys.modules))
"""


def test_what_is_slow_to_load_is_loaded_for_those_who_use_it_only() -> None:
    """Else help takes ten times as long, and the first answer or the bot's start twice."""
    help_, question = (
        "bot.cli",
        "bot.cli.answers services.answering.answers retrieval.bundled_reader",
    )
    command = [sys.executable, "-c", STARTED, help_, question, "services.brain bot.app"]
    shown = subprocess.run(command, capture_output=True, text=True)
    of_help, of_a_question, of_the_bot = ({*line.split()} for line in shown.stdout.splitlines())
    assert of_help & (SLOW | {"torch", "sqlalchemy"}) == set()
    assert of_a_question & (SLOW | {"recsys"}) == set()
    assert of_the_bot & SLOW == {"aiogram"}


def test_wrong_settings_name_the_variable(run: Run) -> None:
    for name, value, part in (
        ("CHEZHI_MESSAGES_PER_SECOND", "0", "from above 0"),
        ("CHEZHI_OWNER_IDS", "me", "separated by commas"),
        ("CHEZHI_REDIS_URL", "redis://127.0.0.1:6379/0", "it does nothing in this version"),
        ("CHEZHI_ENCRYPTION_KEYS", "secret", "chezhi db make-key"),
        ("CHEZHI_DATABASE_URL", "mysql://x", "postgresql+asyncpg://"),
        ("CHEZHI_DATABASE_URL", "postgresql+asyncpg://u:secret@127.0.0.1:1/x", "CHEZHI_DATABASE"),
    ):
        result = run("db", "upgrade", **{name: value})
        assert result.exit_code == 1
        assert name in result.stderr
        assert part in result.stderr
        assert "secret" not in result.stderr
        assert "Traceback" not in result.stderr
    assert "CHEZHI_BOT_TOKEN" in run("run").stderr


@pytest.fixture
def modelless(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command line on which nothing may load a model."""

    def load(*_: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("services.answering.answers.load_encoder", load)
    return run


@pytest.mark.parametrize("token", ["abc", "123:", ":abc", "12 3:abc", "123:ab c", "123:käse"])
def test_what_is_no_token_is_told_at_once_and_by_doctor(modelless: Run, token: str) -> None:
    refused = modelless("run", CHEZHI_BOT_TOKEN=token)
    assert refused.exit_code == 1
    assert "CHEZHI_BOT_TOKEN is no token" in refused.stderr
    assert token not in refused.stderr
    report = modelless("doctor", "--json", CHEZHI_BOT_TOKEN=token)
    assert report.exit_code == 1
    assert not json.loads(report.stdout)["checks"]["token"]["ok"]


async def test_a_token_that_is_refused_is_told_before_models_load(modelless: Run) -> None:
    async def refuse(_: web.Request) -> web.Response:
        told = {"ok": False, "error_code": 401, "description": "Unauthorized"}
        return web.json_response(told, status=401)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app) as server:
        base = str(server.make_url("/"))
        refused = await asyncio.to_thread(
            modelless, "run", "--api-base", base, CHEZHI_BOT_TOKEN=TOKEN
        )
    assert refused.exit_code == 1
    assert "refuses the token (Unauthorized)" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["ask", "", "--json"], 2, "the text is empty"),
        (["ask", " \n"], 2, "the text is empty"),
        (["search", ""], 2, "the text is empty"),
        (["ask", "x"], 3, "chezhi kb add"),
        (["search", "x", "--json"], 3, "chezhi kb add"),
    ],
)
def test_what_cannot_be_answered_loads_no_model(
    modelless: Run, arguments: list[str], code: int, told: str
) -> None:
    result = modelless(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr


def test_recommend_without_a_model_loads_none(modelless: Run, tmp_path: Path) -> None:
    rows = tmp_path / "signals.csv"
    rows.write_text("user,verb,object,occurred_at\n11,viewed,x,2026-11-20T08:00:00Z\n")
    assert modelless("signals", "import", rows, "--add-users").exit_code == 0
    assert modelless("recommend", "11").exit_code == 3


def test_the_version_and_a_data_folder_before_the_command(run: Run, tmp_path: Path) -> None:
    assert run("--version").stdout.strip() == f"chezhi {version('chezhi')}"
    assert run("--data-dir", tmp_path / "before", "db", "upgrade").exit_code == 0
    assert (tmp_path / "before" / "chezhi.db").exists()
    both = run("--data-dir", tmp_path / "a", "db", "upgrade", "--data-dir", tmp_path / "b")
    assert both.exit_code == 0
    assert (tmp_path / "b" / "chezhi.db").exists()
    assert not (tmp_path / "a").exists()


def test_doctor(run: Run) -> None:
    report = run("doctor", "--json")
    assert report.exit_code == 1
    checks = json.loads(report.stdout)["checks"]
    assert [name for name, check in checks.items() if not check["ok"]] == ["knowledge"]
    assert "chezhi kb add" in checks["knowledge"]["told"]
    set_ = json.loads(run("doctor", "--json", CHEZHI_BOT_TOKEN=TOKEN).stdout)
    assert TOKEN not in str(set_)
    assert set_["checks"]["token"]["told"] == "set"


def test_what_an_older_version_converted_is_told_to_be_of_no_use(run: Run, tmp_path: Path) -> None:
    models = tmp_path / "var" / "models"
    (models / "old-model").mkdir(parents=True)
    (models / "old-model.lock").touch()
    (models / "old-model" / "weights").write_bytes(bytes(3_000_000))
    told = json.loads(run("doctor", "--json").stdout)["checks"]["models"]["told"]
    assert told.endswith("old-model is no longer used, 3 MB: it may be deleted")


def test_a_folder_of_a_newer_version_is_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    assert run("db", "upgrade").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "var" / "chezhi.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
        connection.commit()
    said = "made by a newer Chezhi"
    for command in (("db", "upgrade"), ("catalog", "export"), ("train",)):
        refused = run(*command, CHEZHI_BOT_TOKEN=TOKEN)
        assert refused.exit_code == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
    database = json.loads(run("doctor", "--json").stdout)["checks"]["database"]
    assert not database["ok"]
    assert database["told"].startswith("The data were made by a newer Chezhi")


def test_from_sample_behaviour_to_a_recommendation(run: Run, tmp_path: Path) -> None:
    """The generator's file, training on it, recommending, and a person's rights."""
    assert run("catalog", "import", SAMPLE / "items.yaml").exit_code == 0
    file = tmp_path / "signals.jsonl"
    write_sample(["--users", "60", "--out", str(file)])
    lines = file.read_text().splitlines()
    assert one(run("signals", "import", file, "--json"))["imported"] == 0
    few = run("train")
    assert few.exit_code == 1
    assert "training needs at least" in few.stderr
    report = one(run("signals", "import", file, "--add-users", "--json"))
    assert (report["read"], report["imported"]) == (len(lines), len(lines))
    user = json.loads(lines[0])["user"]
    untrained = run("recommend", user, "--json")
    assert untrained.exit_code == 3
    assert "chezhi train" in untrained.stderr
    model = one(run("train", "--json"))
    assert model["metrics"]["users"] <= 60
    picks = many(run("recommend", user, "-k", "3", "--json"))
    assert [list(pick) for pick in picks] == [["item", "type", "title", "score", "reasons"]] * 3
    assert {p["type"] for p in many(run("recommend", user, "--type", "book", "--json"))} == {"book"}
    assert run("recommend", user, "--type", "tome").exit_code == 2
    assert run("recommend", "5").exit_code == 1
    held = one(run("user", "export", user))
    assert len(held["signals"]) == sum(json.loads(line)["user"] == user for line in lines)
    kept = run("user", "delete", user, stdin="n\n")
    assert kept.exit_code == 1
    assert "Nothing was deleted" in kept.stderr
    assert run("user", "delete", user, "--yes").exit_code == 0
    assert run("user", "export", user).exit_code == 1
    assert run("user", "delete", user, "--yes").exit_code == 1
    assert all(signal["user"] != user for signal in exported(run))
