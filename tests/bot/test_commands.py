"""The command line: what it prints, where, and how it ends."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sentence_transformers import SentenceTransformer
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.demo import TOKEN
from retrieval.encoder import load_encoder
from sample.behaviour import main as write_sample
from tests.bot.lessons import LESSONS
from tests.retrieval import files
from tests.retrieval.test_evaluation import write_set

Run = Callable[..., Result]
SAMPLE = Path(__file__).parents[2] / "sample"


@pytest.fixture(scope="module")
def loaded(models_dir: Path) -> SentenceTransformer:
    return load_encoder("bundled", models_dir)


@pytest.fixture
def run(tmp_path: Path, loaded: SentenceTransformer, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("kb", "status")` in a data folder of its own; the encoder is loaded once."""
    for module in ("bot.services", "bot.cli.kb_evaluate"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda *_: loaded)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"COLUMNS": "200"})

    def call(*arguments: object, **env: str) -> Result:
        return runner.invoke(app, [str(a) for a in arguments], env=env or None)

    return call


def lessons(folder: Path) -> Path:
    folder.mkdir()
    for name, text in LESSONS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def one(result: Result) -> dict[str, Any]:
    """The one JSON object on stdout."""
    assert result.exit_code == 0, result.stderr
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def many(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


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


def test_the_knowledge_base_from_nothing_to_an_answer(run: Run, tmp_path: Path) -> None:
    for command in ("ask", "search"):
        missing = run(command, "制动液多久换一次？", "--json")
        assert missing.exit_code == 3
        assert missing.stdout == ""
        assert "chezhi kb add" in missing.stderr
    nothing = run("kb", "index")
    assert nothing.exit_code == 1
    assert "chezhi kb add" in nothing.stderr
    folder = lessons(tmp_path / "lessons")
    added = one(run("kb", "add", folder, "--json"))
    assert (added["read"], added["changed"], added["faults"]) == (4, 4, {})
    assert added["files"][0] == {
        "name": "en-brake-fluid.md",
        "outcome": "new",
        "document": "en-brake-fluid",
        "remarks": [],
        "fault": None,
    }
    again = one(run("kb", "add", folder, "--json"))
    assert (again["changed"], {file["outcome"] for file in again["files"]}) == (0, {"unchanged"})
    assert one(run("kb", "status", "--json")) == {"stored_documents": 4, "live": None}
    version = one(run("kb", "index", "--json"))
    assert version["documents"] == 4
    assert one(run("kb", "status", "--json"))["live"]["id"] == version["id"]
    answer = one(run("ask", "制动液多久换一次？", "--json"))
    assert list(answer) == ["answer", "refused", "language", "mode", "citations", "timings_ms"]
    assert "两年" in answer["answer"]
    assert list(answer["citations"][0]) == ["document", "title", "locator", "quote", "score"]
    assert "[1]" in run("ask", "制动液多久换一次？").stdout
    hits = many(run("search", "brake fluid", "-k", "3", "--json"))
    assert [list(hit) for hit in hits] == [
        ["document", "chunk", "title", "locator", "text", "score"]
    ] * 3
    assert hits[0]["document"] == "en-brake-fluid"
    assert run("kb", "remove", "en-brake-fluid").exit_code == 0
    assert run("kb", "remove", "en-brake-fluid").exit_code == 1
    assert one(run("kb", "index", "--json"))["documents"] == 3


def test_answers_are_measured_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    passages = ["制动液一般每两年更换一次。", "胎压应在冷车时测量。"]
    right = {"question": "制动液多久换一次？", "passages": passages, "answerable": True}
    wrong = {"question": "怎样选儿童座椅？", "passages": passages, "answerable": False}
    lines = [right | {"answers": ["每两年更换一次"]}, wrong | {"answers": []}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    found = one(run("kb", "evaluate-answers", file, "--json"))
    assert list(found) == [
        "n",
        "answer_f1",
        "answer_recall",
        "rouge_l",
        "citation_precision",
        "citation_recall",
        "refusal_accuracy",
        "answered_rate",
        "false_answer_rate",
        "answerability_auroc",
        "unsupported_sentence_rate",
    ]
    assert found["n"] == 2
    assert found["answer_recall"] == found["refusal_accuracy"] == 1
    assert "refusal_accuracy" in run("kb", "evaluate-answers", file).stdout
    assert not (tmp_path / "var").exists()
    file.write_text("{}\n", "utf-8")
    bad = run("kb", "evaluate-answers", file, "--json")
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert "rows.jsonl:1: `question`" in bad.stderr


def test_files_that_cannot_be_added_are_told_and_the_others_go_in(run: Run, tmp_path: Path) -> None:
    folder = lessons(tmp_path / "lessons")
    (folder / "empty.md").write_text("# Heading only")
    (folder / "sub").mkdir()
    (folder / "sub" / "zh-brake-fluid.md").write_text(LESSONS["zh-brake-fluid.md"])
    (folder / "manual.PDF").write_bytes(files.pdf([["Check the oil."], files.SCAN]))
    (folder / "broken.docx").write_bytes(b"PK")
    (folder / "away.md").symlink_to(tmp_path / "nowhere")
    result = run("kb", "add", folder, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["read"], told["changed"]) == (5, 5)
    assert told["faults"] == {
        "broken.docx": "This DOCX file is damaged, or no real DOCX file. Export it anew.",
        "empty.md": "There is no text in it.",
        "zh-brake-fluid.md": "It has the same id as sub/zh-brake-fluid.md: “zh-brake-fluid”. "
        "Put another id at its top, or rename it.",
    }
    (manual,) = [file for file in told["files"] if file["name"] == "manual.PDF"]
    assert manual["outcome"] == "new"
    assert manual["remarks"][0].startswith("Page 2 is a scan")
    shown = run("kb", "add", folder)
    assert "manual.PDF (unchanged): Page 2 is a scan" in shown.stdout
    assert "broken.docx (refused): This DOCX file is damaged" in shown.stdout
    there, elsewhere = folder / "empty.md", folder / "sub" / "empty.md"
    elsewhere.write_text("Not empty.")
    both = json.loads(run("kb", "add", there, elsewhere, "--json").stdout)
    assert [file["outcome"] for file in both["files"]] == ["refused", "new"]
    assert run("kb", "add", tmp_path / "absent").exit_code == 2


def test_the_catalogue_goes_in_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    assert one(run("catalog", "import", SAMPLE / "items.yaml", "--json")) == {"imported": 48}
    exported = run("catalog", "export")
    again = tmp_path / "again.yaml"
    again.write_text(exported.stdout, encoding="utf-8")
    assert one(run("catalog", "import", again, "--json")) == {"imported": 48}
    again.write_text(exported.stdout.replace("type: book", "type: tome", 1), encoding="utf-8")
    wrong = run("catalog", "import", again, "--json")
    assert wrong.exit_code == 1
    assert wrong.stdout == ""
    assert "tome" in wrong.stderr


def test_wrong_settings_name_the_variable(run: Run) -> None:
    for name, value, part in (
        ("CHEZHI_MESSAGES_PER_SECOND", "0", "from above 0"),
        ("CHEZHI_OWNER_IDS", "me", "separated by commas"),
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


def test_doctor(run: Run) -> None:
    report = run("doctor", "--json")
    assert report.exit_code == 1
    checks = json.loads(report.stdout)["checks"]
    assert [name for name, check in checks.items() if not check["ok"]] == ["knowledge"]
    assert "chezhi kb add" in checks["knowledge"]["told"]
    set_ = json.loads(run("doctor", "--json", CHEZHI_BOT_TOKEN=TOKEN).stdout)
    assert TOKEN not in str(set_)
    assert set_["checks"]["token"]["told"] == "set"


NOW = datetime.now(UTC).replace(microsecond=0)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "user": 11,
        "verb": "viewed",
        "object_type": "item",
        "object": "course-winter",
        "value": 1,
        "occurred_at": (NOW - timedelta(days=1)).isoformat(),
        "source": "lms",
        "idempotency_key": "k1",
    } | changes


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> Run:
    """A catalogue, and user 11."""
    assert run("catalog", "import", SAMPLE / "items.yaml").exit_code == 0
    known = jsonl(tmp_path / "known.jsonl", row(idempotency_key="k0"))
    assert one(run("signals", "import", known, "--add-users", "--json"))["added_users"] == 1
    return run


def exported(run: Run) -> list[dict[str, Any]]:
    return many(run("signals", "export"))


def test_every_row_is_accounted_for(shop: Run, tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "in.jsonl",
        row(occurred_at=(NOW - timedelta(hours=1)).isoformat()),
        row(occurred_at=(NOW - timedelta(hours=1)).isoformat()),
        row(idempotency_key="k2", user=12),
        row(idempotency_key="k3", object="course-of-nobody"),
        row(idempotency_key="k4", occurred_at=(NOW + timedelta(days=1)).isoformat()),
        row(idempotency_key="k5", occurred_at=(NOW - timedelta(days=9)).isoformat()),
        row(idempotency_key="k6", object_type="topic", object="winter", verb="asked"),
    )
    report = one(shop("signals", "import", file, "--json"))
    assert report["skipped"] == {"unknown_user": 1, "unknown_item": 1, "future": 1}
    assert [report[key] for key in ("read", "imported", "duplicates", "late")] == [7, 3, 1, 1]
    assert [example.split(":")[0] for example in report["examples"]] == [
        "line 3",
        "line 4",
        "line 5",
    ]
    assert len(exported(shop)) == 4
    again = one(shop("signals", "import", file, "--json"))
    assert (again["imported"], again["duplicates"]) == (0, 4)
    assert "--add-users" in shop("signals", "import", file).stdout


def test_a_row_that_cannot_be_read_stops_the_whole_file(shop: Run, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    good = [json.dumps(row(idempotency_key=f"g{n}")) for n in range(1500)]
    bad = [
        "{",
        json.dumps(row(verb="smiled")),
        json.dumps(row(occurred_at="2026-01-01T10:00:00")),
        json.dumps(row(user="eleven")),
        json.dumps(row(value=float("nan"))),
        "[]",
    ]
    file.write_text("\n".join([*good, *bad, *good]), encoding="utf-8")
    result = shop("signals", "import", file, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    for number, part in enumerate(("JSON", "verb", "timezone", "user", "finite", "object"), 1501):
        (line,) = [s for s in result.stderr.splitlines() if s.startswith(f"line {number}: ")]
        assert part in line
    assert len(exported(shop)) == 1
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in shop("signals", "import", file).stderr


def test_csv_with_and_without_keys(shop: Run, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.DictWriter(out, ["user", "verb", "object", "occurred_at", "value"])
        table.writeheader()
        for value in ("0.5", "", "0.5"):
            table.writerow(
                {
                    "user": 11,
                    "verb": "progressed",
                    "object": "course-winter",
                    "occurred_at": NOW.isoformat(),
                    "value": value,
                }
            )
    report = one(shop("signals", "import", file, "--json"))
    assert (report["imported"], report["duplicates"]) == (2, 1)
    assert [s["value"] for s in exported(shop)] == [1.0, 0.5, None]
    file.write_text("user,verb\n11,viewed\n")
    assert (
        "line 1: columns are missing: object, occurred_at" in shop("signals", "import", file).stderr
    )
    out = tmp_path / "out.csv"
    assert shop("signals", "export", "--out", out).exit_code == 0
    report = one(shop("signals", "import", out, "--json"))
    assert (report["read"], report["duplicates"]) == (3, 3)


def said(verb: str, item: str = "course-winter", **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{verb}-{len(more)}-{item}",
        "actor": {"account": {"homePage": "https://lms.example", "name": "11"}},
        "verb": {"id": verb},
        "object": {"id": f"https://lms.example/courses/{item}/"},
        "timestamp": NOW.isoformat(),
    } | more


ADL = "http://adlnet.gov/expapi/verbs/"


@pytest.mark.parametrize("form", ["array", "answer", "lines"])
def test_xapi_statements(shop: Run, tmp_path: Path, form: str) -> None:
    cmi5 = "https://w3id.org/xapi/cmi5/result/extensions/progress"
    statements = [
        said(f"{ADL}progressed", result={"extensions": {cmi5: 40}}),
        said(f"{ADL}answered", result={"score": {"scaled": 0.75}}),
        said(f"{ADL}completed", result={"duration": "PT1H30M5S"}),
        said("http://id.tincanapi.com/verb/rated", result={"score": {"raw": 1}}),
        said(f"{ADL}registered"),
        said(f"{ADL}voided"),
        said(f"{ADL}attended", item="nowhere"),
        said(f"{ADL}attended", actor={"account": {"name": "12"}}, padding="x" * 70_000),
    ]
    text = {
        "array": json.dumps(statements, indent=1),
        "answer": json.dumps({"statements": statements, "more": ""}),
        "lines": "\n".join(map(json.dumps, statements)),
    }[form]
    file = tmp_path / "statements.json"
    file.write_text(text, encoding="utf-8")
    report = one(shop("signals", "import", file, "--format", "xapi", "--json"))
    assert report["imported"] == 5
    assert report["skipped"] == {"other_verb": 1, "unknown_item": 1, "unknown_user": 1}
    stored = {s["verb"]: s["value"] for s in exported(shop) if s["source"] == "xapi"}
    assert stored == {
        "progressed": 0.4,
        "quiz_answered": 0.75,
        "completed": 5405.0,
        "answer_rated": 1.0,
        "enrolled": None,
    }
    assert one(shop("signals", "import", file, "--json"))["duplicates"] == 5
    file.write_text(text[: len(text) // 2], encoding="utf-8")
    broken = shop("signals", "import", file, "--json")
    assert (broken.exit_code, broken.stdout) == (1, "")


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
    assert run("user", "delete", user).exit_code == 0
    assert run("user", "export", user).exit_code == 1
    assert run("user", "delete", user).exit_code == 1
    assert all(signal["user"] != user for signal in exported(run))


def test_search_is_measured_on_a_labelled_set(run: Run, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    result = run("kb", "evaluate", folder, "--json", CHEZHI_CHUNK_SIZE="20")
    found = one(result)
    assert set(found["systems"]) == {"pipeline", "bm25", "dense", "rrf"}
    assert found["chunks"] > one(run("kb", "evaluate", folder, "--json"))["chunks"]
    assert "Indexing" in result.stderr
    # The index was thrown away.
    assert one(run("kb", "status", "--json"))["live"] is None
    assert "pipeline" in run("kb", "evaluate", folder).stdout
    bad = run("kb", "evaluate", tmp_path / "nowhere")
    assert bad.exit_code == 1
    assert "queries.jsonl and qrels/test.tsv" in bad.stderr


def test_wrong_settings_of_search_are_told(run: Run, tmp_path: Path) -> None:
    for name, value, takes in (
        ("CHUNK_SIZE", "5", "20 to 2000"),
        ("CHUNK_OVERLAP", "200", "half the chunk size"),
    ):
        result = run("kb", "status", **{f"CHEZHI_{name}": value})
        assert result.exit_code == 1
        assert f"CHEZHI_{name} is wrong" in result.stderr
        assert takes in result.stderr
    folder = write_set(tmp_path / "set")
    result = run("kb", "evaluate", folder, CHEZHI_RERANKER_MODEL=str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "CHEZHI_RERANKER_MODEL takes" in result.stderr
