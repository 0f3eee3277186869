"""Golden questions from the command line, and the index that they hold back."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sample.loading import golden_questions, lesson_files, load_sample
from services.brain import Brain
from services.clock import utc_now
from services.content import golden_file
from storage.repositories import golden
from tests.bot.command_line import SAMPLE, Run, lessons, many, one

GOLDEN = [
    {"question": "制动液几年换一次？", "language": "zh", "documents": ["zh-brake-fluid"]},
    {
        "question": "How often is brake fluid changed?",
        "language": "en",
        "documents": ["en-brake-fluid"],
    },
    {"question": "Who won the football cup?", "language": "en", "documents": []},
]


def written(path: Path, rows: Any) -> Path:
    path.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    return path


def test_questions_go_in_and_out(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "golden.yaml", GOLDEN)
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    told = one(run("kb", "golden", "import", file, "--json"))
    assert told == {"imported": 3, "questions": 3, "unknown_documents": []}
    exported = run("kb", "golden", "export").stdout
    by_words = {row["question"]: row for row in yaml.safe_load(exported)}
    assert by_words == {row["question"]: row for row in GOLDEN}
    changed = GOLDEN[1] | {"documents": ["en-brake-fluid", "en-nowhere"]}
    told = one(run("kb", "golden", "import", written(file, [changed]), "--json"))
    assert told == {"imported": 1, "questions": 3, "unknown_documents": ["en-nowhere"]}
    told = one(run("kb", "golden", "import", file, "--replace", "--json"))
    assert told["questions"] == 1
    assert yaml.safe_load(run("kb", "golden", "export").stdout) == [changed]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"question": "Why?", "language": "fr", "documents": []}], "question 1 (Why?): language"),
        ([{"question": " ", "language": "en", "documents": []}], "question 1 ( ): question"),
        ([{"question": "Why?", "language": "en"}], "question 1 (Why?): documents"),
        ([{"question": "Why?", "language": "en", "documents": "x"}], "documents"),
        ([GOLDEN[0], GOLDEN[0]], "question 2 (制动液几年换一次？): it is there twice"),
        (["Why?"], "question 1: expected"),
        ({"questions": []}, "expected a list"),
        ([], "expected a list"),
    ],
)
def test_a_fault_is_told_and_nothing_goes_in(
    run: Run, tmp_path: Path, rows: Any, fault: str
) -> None:
    if isinstance(rows, list) and rows:
        rows = [*rows, {"question": "A good one?", "language": "en", "documents": []}]
    refused = run("kb", "golden", "import", written(tmp_path / "golden.yaml", rows), "--json")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert fault in refused.stderr
    assert yaml.safe_load(run("kb", "golden", "export").stdout) == []


def test_files_that_are_no_yaml_are_told(run: Run, tmp_path: Path) -> None:
    for data, fault in ((b"\xff\xfe", "UTF-8"), (b"- [", "not valid YAML")):
        (tmp_path / "golden.yaml").write_bytes(data)
        assert fault in run("kb", "golden", "import", tmp_path / "golden.yaml").stderr


def test_the_sample_has_questions_for_every_lesson_and_many_without_an_answer() -> None:
    rows = golden_questions()
    assert len(rows) >= 150
    assert sum(not row["documents"] for row in rows) * 3 >= len(rows)
    named = {name for row in rows for name in row["documents"]}
    assert named == {name.removesuffix(".md") for name in lesson_files()}
    texts = "".join(content.decode() for content in lesson_files().values())
    assert not [row["question"] for row in rows if row["question"] in texts]
    again = golden_file.read("again.yaml", (SAMPLE / "golden.yaml").read_bytes())
    assert again == rows


def test_an_index_that_does_worse_is_held_back(run: Run, tmp_path: Path) -> None:
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    file = written(tmp_path / "golden.yaml", GOLDEN)
    assert run("kb", "golden", "import", file).exit_code == 0
    first = one(run("kb", "index", "--json"))
    figures = {"questions": 3, "recall@1": 1, "recall@5": 1, "mrr@10": 1}
    figures |= {"answered": 1, "refused": 1}
    assert first["metrics"] == figures
    assert (first["live"], first["quality"]["live"], first["quality"]["broke"]) == (True, None, [])
    assert run("kb", "remove", "en-brake-fluid").exit_code == 0
    result = run("kb", "index", "--json")
    assert result.exit_code == 1
    held = json.loads(result.stdout)
    assert held["live"] is False
    assert f"chezhi kb rollback {held['id']}" in result.stderr
    (broken,) = held["quality"]["broke"]
    assert broken["question"] == "How often is brake fluid changed?"
    assert (broken["was"]["rank"], broken["now"]["rank"]) == (1, None)
    assert {"recall@1", "answered"} <= set(held["quality"]["worse"])
    assert one(run("kb", "status", "--json"))["live"]["id"] == first["id"]
    listed = many(run("kb", "versions", "--json"))
    assert [(row["live"], row["held"]) for row in listed] == [(False, True), (True, False)]
    assert listed[1]["metrics"] == figures
    # A wide margin lets it through, and so does force; then it is what the next is measured by.
    wide = run("kb", "index", "--json", CHEZHI_QUALITY_MARGIN="0.5")
    assert json.loads(wide.stdout)["live"] is True
    assert one(run("kb", "rollback", first["id"], "--json"))["id"] == first["id"]
    assert one(run("kb", "index", "--force", "--json"))["live"] is True
    last = run("kb", "index", "--full")
    assert last.exit_code == 0
    assert "recall@1 0.5 (live: 0.5)" in last.stdout


def test_a_held_version_serves_only_when_it_is_told_to(run: Run, tmp_path: Path) -> None:
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    file = written(tmp_path / "golden.yaml", GOLDEN)
    assert run("kb", "golden", "import", file).exit_code == 0
    older, live = (one(run("kb", "index", "--full", "--json"))["id"] for _ in range(2))
    assert run("kb", "remove", "en-brake-fluid").exit_code == 0
    held = json.loads(run("kb", "index", "--json").stdout)["id"]
    folder = tmp_path / "var" / "kb" / "versions"
    (folder / live / "chunks.jsonl").write_text("")
    hits = many(run("search", "brake fluid", "--json"))
    assert "en-brake-fluid" in {hit["document"] for hit in hits}, "the older good one serves"
    assert one(run("kb", "rollback", held, "--json"))["id"] == held
    assert one(run("kb", "status", "--json"))["live"]["id"] == held
    assert [row["held"] for row in many(run("kb", "versions", "--json"))] == [False] * 3
    assert older in {path.name for path in folder.iterdir()}


async def test_the_sample_is_loaded_once_and_what_the_team_makes_of_it_stays(brain: Brain) -> None:
    async def load() -> list[str]:
        await load_sample(brain.database, brain.indexing, utc_now, {}, 5, golden_questions())
        async with brain.database.read() as session:
            return [row.question for row in await golden.listed(session)]

    assert sorted(await load()) == sorted(row["question"] for row in golden_questions())
    async with brain.database.write() as session:
        await golden.save(session, GOLDEN[:1], replace=True)
    assert await load() == [GOLDEN[0]["question"]]
