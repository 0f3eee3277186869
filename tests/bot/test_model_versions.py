"""Models from the command line: trained, held back or promoted, listed, gone back to."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys import artefacts
from recsys.contest import Outcome
from recsys.models.parts import Part
from recsys.training import Trained
from sample.behaviour import load_items
from sample.behaviour import main as write_sample
from sample.people import FIRST_USER_ID
from services.brain import Brain
from services.clock import utc_now
from storage.models import User
from storage.repositories import users
from tests.bot.command_line import SAMPLE, Run, many, one
from tests.recsys.conftest import small
from tests.storage.rows import user

__all__ = ["small"]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "var" / "recommender"


def listed(run: Run) -> list[tuple[str, bool, bool]]:
    rows = many(run("recsys", "versions", "--json"))
    return [(row["id"], row["live"], row["held"]) for row in rows]


def test_a_second_model_must_beat_the_first(run: Run, tmp_path: Path, store: Path) -> None:
    assert run("catalog", "import", SAMPLE / "items.yaml").exit_code == 0
    file = tmp_path / "signals.jsonl"
    write_sample(["--users", "80", "--out", str(file)])
    assert run("signals", "import", file, "--add-users").exit_code == 0
    with artefacts.training(store):
        at_once = run("train")
    assert at_once.exit_code == 1
    assert "is being trained already" in at_once.stderr
    assert not (store / "training.json").exists(), "the other's notes are left alone"
    first = one(run("train", "--json"))
    assert first["contest"]["promoted"]
    assert "first" in first["contest"]["why"]
    second = one(run("train", "--json"))
    contest: dict[str, Any] = second["contest"]
    found = contest["comparison"]
    assert found["challenger"]["ndcg@10"] > 0
    assert found["champion"]["ndcg@10"] > 0
    low, high = found["interval"]
    assert low <= found["difference"] <= high
    assert contest["promoted"] == (low > 0), "the same signals: only a better one goes live"
    live = second if contest["promoted"] else first
    assert (live["version"], True, False) in listed(run)
    assert (
        json.loads((store / "versions" / second["version"] / "manifest.json").read_text())[
            "contest"
        ]
        == contest
    )
    third = run("train", "--force")
    assert third.exit_code == 0
    assert "is live: it was forced" in third.stdout
    assert "difference" in third.stdout
    assert run("train", CHEZHI_PROMOTE_MARGIN="2").exit_code == 1
    # Whatever is in the registry can be trained, served, and measured on this very log.
    wanted = "history,graph_filter,blend"
    assert run("train", "--models", "implicit_als").exit_code == 2
    mixed = one(run("train", "--models", wanted, "--force", "--json"))
    assert mixed["settings"]["model"] in wanted.split(",")
    assert many(run("recommend", FIRST_USER_ID, "--json"))
    measured = one(run("recsys", "evaluate", "--own", "--models", "history,popularity", "--json"))
    assert set(measured["models"]) == {"history", "popularity"}
    assert measured["train"] > measured["test"] > 20
    assert run("recsys", "evaluate", tmp_path, "--own").exit_code == 2
    report = one(run("recsys", "report", "--json"))
    assert report["version"] == mixed["version"]
    assert 0.3 < report["coverage"] <= 1
    assert 0 < report["gini"] < 1
    assert 0 < report["popularity_drift"] < 0.5
    assert len(report["signals_per_day"]) == 30
    assert "Jensen-Shannon" in run("recsys", "report").stdout


def test_versions_are_listed_and_gone_back_to(run: Run, store: Path, small: Trained) -> None:
    assert run("recsys", "versions", "--json").stdout == ""
    first = artefacts.save(store, small).version
    second = artefacts.save(store, small, Outcome(False, "it is no better", 0.0)).version
    assert listed(run) == [(second, False, True), (first, True, False)]
    assert one(run("recsys", "rollback", second, "--json"))["id"] == second
    assert listed(run) == [(second, True, False), (first, False, False)]
    assert "is live" in run("recsys", "rollback", first).stdout
    assert f"live  {first}" in run("recsys", "versions").stdout


def test_what_cannot_serve_is_no_rollback(run: Run, store: Path, small: Trained) -> None:
    first, second = (artefacts.save(store, small).version for _ in range(2))
    for unknown in ("20200101-000000-000000-abcd", "../versions", ""):
        refused = run("recsys", "rollback", unknown, "--json")
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "chezhi recsys versions lists them" in refused.stderr
    (store / "versions" / first / "model.safetensors").write_bytes(b"")
    refused = run("recsys", "rollback", first)
    assert refused.exit_code == 1
    assert "model.safetensors is damaged" in refused.stderr
    assert (second, True, False) in listed(run)


async def test_a_running_bot_takes_up_what_goes_live(brain: Brain, small: Trained) -> None:
    async with brain.database.write() as session:
        await users.save(session, [user(7, topics=[], city=None)])
        row = await session.get_one(User, 7)
    recommending = brain.recommendations

    async def best() -> str:
        return (await recommending.pick(row, 1, "book", now=utc_now()))[0].item.id

    before = await best()
    books = [item["id"] for item in load_items() if item["type"] == "book"]
    other = next(book for book in books if book != before)
    loved = Trained(
        items=tuple(books),
        parts=(Part.folded(np.zeros((len(books), 2))),),
        popularity=small.popularity[[2 if book == other else 0 for book in books]] ** 5,
        settings={"factors": 2},
    )
    saved = artefacts.save(recommending.root, loved)
    assert await best() == other
    assert recommending.is_trained
    artefacts.save(recommending.root, small, Outcome(False, "it is no better", 0.0))
    assert await best() == other, "what is held back serves nobody"
    assert recommending.version == saved.version
