"""Items and signals from files: what goes in, what is left out, and what is told of it."""

import csv
import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bot.command_line import SAMPLE, Run, exported, one

BROUGHT = {"imported": 48, "plans": 2, "slots": 16, "coupons": 1, "dealers": 2}


def test_the_catalogue_goes_in_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    assert one(run("catalog", "import", SAMPLE / "items.yaml", "--json")) == BROUGHT
    exported = run("catalog", "export")
    again = tmp_path / "again.yaml"
    again.write_text(exported.stdout, encoding="utf-8")
    assert one(run("catalog", "import", again, "--json")) == BROUGHT
    again.write_text(exported.stdout.replace("type: book", "type: tome", 1), encoding="utf-8")
    wrong = run("catalog", "import", again, "--json")
    assert wrong.exit_code == 1
    assert wrong.stdout == ""
    assert "tome" in wrong.stderr


def test_seats_are_never_fewer_than_those_that_are_taken(run: Run, tmp_path: Path) -> None:
    assert run("catalog", "import", SAMPLE / "items.yaml").exit_code == 0
    with sqlite3.connect(tmp_path / "var" / "chezhi.db") as database:
        database.execute("UPDATE items SET seats_taken = 3 WHERE id = 'live-winter-range'")
    items = yaml.safe_load((SAMPLE / "items.yaml").read_text("utf-8"))["items"]
    shutil.copytree(SAMPLE / "goods", tmp_path / "goods")
    for item in items:
        item["capacity"] = 2 if item["id"] == "live-winter-range" else item.get("capacity")
    file = tmp_path / "fewer.yaml"
    file.write_text(yaml.safe_dump(items, allow_unicode=True), encoding="utf-8")
    result = run("catalog", "import", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "live-winter-range: capacity is 2, and 3 seats are taken" in result.stderr
    next(item for item in items if item["id"] == "live-winter-range")["capacity"] = 3
    file.write_text(yaml.safe_dump(items, allow_unicode=True), encoding="utf-8")
    assert run("catalog", "import", file).exit_code == 0


def test_topics_that_nobody_can_choose_are_told(run: Run, tmp_path: Path) -> None:
    whole = yaml.safe_load((SAMPLE / "items.yaml").read_text("utf-8"))
    shutil.copytree(SAMPLE / "goods", tmp_path / "goods")
    whole["items"][0]["topics"].append("vintage[1]")
    file = tmp_path / "items.yaml"
    file.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    result = run("catalog", "import", file, "--json")
    assert one(result) == BROUGHT
    assert "vintage[1]" in result.stderr


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
def shop(stocked: Run, tmp_path: Path) -> Run:
    """A catalogue, and user 11."""
    known = jsonl(tmp_path / "known.jsonl", row(idempotency_key="k0"))
    assert one(stocked("signals", "import", known, "--add-users", "--json"))["added_users"] == 1
    return stocked


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
