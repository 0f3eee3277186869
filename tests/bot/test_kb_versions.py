"""Versions of the index from the command line: listed, gone back to, picked up by who runs."""

import json
from pathlib import Path

import pytest

from retrieval.encoder import Encoder
from retrieval.knowledge import KnowledgeBase
from tests.bot.command_line import Run, lessons, many, one
from tests.retrieval import files


@pytest.fixture
def two(run: Run, tmp_path: Path) -> tuple[str, str]:
    """Two versions, of which the newer lacks the English brake fluid."""
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    first = one(run("kb", "index", "--json"))["id"]
    assert run("kb", "remove", "en-brake-fluid").exit_code == 0
    return first, one(run("kb", "index", "--json"))["id"]


def test_a_label_lies_beside_its_file(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "wipers.pdf").write_bytes(files.pdf([["Wiper blades last a year."]]))
    label = folder / "wipers.pdf.yaml"
    label.write_text("curse: course-wipers")
    assert "Names that I know: id, title, course" in run("kb", "add", folder).stdout
    for title in ("Wipers", "Rain"):
        label.write_text(f"title: {title}\n")
        assert one(run("kb", "add", folder, "--json"))["changed"] == 1
        assert one(run("kb", "add", folder, "--json"))["changed"] == 0
        run("kb", "index")
        assert many(run("search", "wiper blades", "--json"))[0]["title"] == title


def test_versions_are_listed_and_gone_back_to(
    run: Run, tmp_path: Path, two: tuple[str, str], encoder: Encoder
) -> None:
    first, second = two
    running = KnowledgeBase(tmp_path / "var" / "kb", encoder)
    assert running.index().version.id == second
    listed = many(run("kb", "versions", "--json"))
    assert [(row["id"], row["live"], row["documents"]) for row in listed] == [
        (second, True, 3),
        (first, False, 4),
    ]
    for name in ("created", "chunks", "model", "metrics"):
        assert name in listed[0]
    assert one(run("kb", "rollback", first, "--json"))["id"] == first
    assert running.index().version.id == first, "a running bot takes it up by itself"
    assert "live  " + first in run("kb", "versions").stdout
    assert one(run("kb", "status", "--json"))["live"]["id"] == first
    third = one(run("kb", "index", "--json"))
    assert third["documents"] == 3, "an index is made of the stored documents, as ever"
    assert running.index().version.id == third["id"]
    assert one(run("kb", "rollback", first, "--json"))["documents"] == 4


def test_what_cannot_serve_is_no_rollback(run: Run, tmp_path: Path, two: tuple[str, str]) -> None:
    first, second = two
    folder = tmp_path / "var" / "kb" / "versions" / first

    def refused(version: str) -> str:
        result = run("kb", "rollback", version, "--json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert one(run("kb", "status", "--json"))["live"]["id"] == second
        return result.stderr

    for unknown in ("20200101-000000-000000-abcd", "../versions", ""):
        assert "chezhi kb versions lists them" in refused(unknown)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"model": "another"}))
    assert "was made with the model 'another'" in refused(first)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "chunks.jsonl").write_text("")
    assert "chunks.jsonl is damaged" in refused(first)
    (folder / "manifest.json").write_text("{")
    assert first in refused(first)
    assert [row["id"] for row in many(run("kb", "versions", "--json"))] == [second]
