"""Coupons by catalogue files and by the command line."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from activities.catalogue_file import CatalogueError, read
from tests.bot.command_line import Run

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TITLE = {"zh": "券", "en": "Coupon"}
BOOK = {
    "id": "book",
    "type": "book",
    **dict.fromkeys(("title", "summary", "description", "delivery"), TITLE),
    "brand": {"zh": "诺维", "en": "Norvik"},
    "price_stars": 50,
}


def file(*coupons: dict[str, Any], **parts: Any) -> bytes:
    return yaml.safe_dump({"coupons": list(coupons)} | parts, allow_unicode=True).encode()


def load(run: Run, folder: Path, *coupons: dict[str, Any]) -> Any:
    (folder / "c.yaml").write_bytes(file(*coupons, items=[BOOK]))
    return run("catalog", "import", folder / "c.yaml", "--json")


def test_a_catalogue_brings_coupons_and_gives_them_out_again(run: Run, tmp_path: Path) -> None:
    one = {"code": "winter-1", "title": TITLE, "percent": 20, "brands": ["norvik"], "total": 9}
    many = {"batch": "spring", "count": 3, "title": TITLE, "free": True, "items": ["book"]}
    assert json.loads(load(run, tmp_path, one, many).stdout)["coupons"] == 4
    # A batch is made once; of a longer one the rest.
    again = load(run, tmp_path, one, many | {"count": 4})
    assert json.loads(again.stdout)["coupons"] == 5
    rows = [json.loads(line) for line in run("coupons", "list", "--json").stdout.splitlines()]
    assert [row["code"] for row in rows if not row["batch"]] == ["WINTER-1"]
    codes = {row["code"] for row in rows if row["batch"] == "spring"}
    assert len(codes) == 4
    assert all(code.startswith("SPRING-") and len(code) == 15 for code in codes)
    assert {row["total"] for row in rows if row["batch"]} == {1}
    text = run("catalog", "export").stdout
    found = read("c.yaml", text.encode(), NOW)
    assert {row.code for row in found.coupons} == {"WINTER-1", *codes}
    (tmp_path / "again.yaml").write_text(text, "utf-8")
    assert run("catalog", "import", tmp_path / "again.yaml").exit_code == 0
    assert run("coupons", "list", "--json").stdout.splitlines() == [json.dumps(r) for r in rows]
    assert "WINTER-1: -20%, 0 of 9 used; 0 paid" in run("coupons", "list").stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": None}, "give `code`, or `batch`"),
        ({"code": 2026}, 'write the code in quotes, "2026"'),
        ({"code": "冬季"}, "code has 3 to 32 letters"),
        ({"code": "AB"}, "code has 3 to 32"),
        ({"percent": 100}, "percent: Input should be less than or equal to 99"),
        ({"percent": 0}, "percent: Input should be greater"),
        ({"percent": None}, "give one of `percent`"),
        ({"stars": 5}, "give one of `percent`"),
        ({"free": True}, "give one of `percent`"),
        ({"types": ["films"]}, "types has films; they are course, book"),
        ({"count": 5}, "`count` goes with `batch`"),
        ({"users": []}, "users: List should have at least 1 item"),
        ({"users": ["7"]}, "users.0: Input should be a valid integer"),
        ({"valid_until": "2026-11-24"}, "valid_until: Input should have timezone"),
        (
            {"valid_from": "2026-12-24T00:00Z", "valid_until": "2026-12-01T00:00Z"},
            "valid_until is not after",
        ),
        ({"title": {"zh": "券"}}, "title.en: Field required"),
        ({"title": {"zh": "券" * 101, "en": "C"}}, "title.zh has more than 100"),
        ({"total": -1}, "total: Input should be greater"),
        ({"limit": 5}, "limit: Extra inputs"),
    ],
)
def test_a_faulty_coupon_is_told(change: dict[str, Any], told: str) -> None:
    row = {"code": "WINTER", "title": TITLE, "percent": 20} | change
    row = {name: value for name, value in row.items() if value is not None}
    with pytest.raises(CatalogueError) as error:
        read("a.yaml", file(row), NOW)
    assert "coupon 1 (" in str(error.value)
    assert told in str(error.value)


def test_a_coupon_for_what_there_is_not_imports_nothing(run: Run, tmp_path: Path) -> None:
    bad = {"code": "BAD", "title": TITLE, "percent": 5, "items": ["film"], "users": [77]}
    found = load(run, tmp_path, {"code": "GOOD", "title": TITLE, "percent": 5}, bad)
    assert found.exit_code == 1
    for told in ("Nothing was imported", "coupon BAD: the catalogue has no item film", "id 77"):
        assert told in found.stderr
    assert "items: []" in run("catalog", "export").stdout
    twice = load(run, tmp_path, *[{"code": c, "title": TITLE, "stars": 5} for c in ("A-B", "a-b")])
    assert "the id is there twice" in twice.stderr


def test_coupons_are_made_and_told_by_commands(run: Run, tmp_path: Path) -> None:
    assert "No coupons yet" in run("coupons", "list").stdout
    titles = ("--zh", "冬季", "--en", "Winter")
    made = run("coupons", "create", *titles, "--code", "w-1", "--percent", "15", "--total", "2")
    assert made.stdout == "W-1\n"
    made = run("coupons", "create", *titles, "--batch", "gift", "--count", "2", "--free", "--json")
    assert len(json.loads(made.stdout)["codes"]) == 2
    for wrong, told in (
        (("--code", "x"), "code has 3 to 32"),
        (("--code", "ABC"), "give one of `percent`"),
        (("--code", "ABC", "--stars", "5", "--item", "none"), "the catalogue has no item none"),
        (("--code", "ABC", "--stars", "5", "--until", "soon"), "valid_until: Input should be"),
    ):
        failed = run("coupons", "create", *titles, *wrong)
        assert failed.exit_code == 1
        assert told in failed.stderr
    assert run("coupons", "export", "--out", tmp_path / "c.csv").exit_code == 0
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as out:
        rows = list(csv.DictReader(out))
    assert [row["batch"] for row in rows] == ["gift", "gift", ""]
    assert (rows[2]["code"], rows[2]["taken_off"]) == ("W-1", "0")
    lines = run("coupons", "export", "--json").stdout.splitlines()
    assert [json.loads(line)["code"] for line in lines] == [row["code"] for row in rows]
    assert "can't be written" in run("coupons", "export", "--out", tmp_path / "no" / "c").stderr
