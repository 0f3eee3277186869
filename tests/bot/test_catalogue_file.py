import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from activities.catalogue_file import CatalogueError, read, write
from activities.catalogue_import import bring_in
from activities.draws import catalogue_rows
from sample.loading import catalogue
from storage.database import Database
from storage.repositories import coupons, dealers, items, memberships, slots

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = """
id: live-winter
type: live
title: {zh: 冬季续航, en: Winter range}
summary: {zh: 一, en: one}
description: {zh: 二, en: two}
"""


def item(**changes: object) -> dict[str, object]:
    return {**yaml.safe_load(GOOD), **changes}


def file(*rows: dict[str, object]) -> bytes:
    return yaml.safe_dump({"items": list(rows)}, allow_unicode=True).encode()


async def test_what_is_written_is_read_again(database: Database) -> None:
    found = catalogue(NOW)
    rows = found.items
    await bring_in(database, found, NOW)
    async with database.read() as session:
        listed = await items.listed(session)
        text = write(
            listed,
            await memberships.plans(session, active=False),
            await slots.by_item(session, [one.id for one in listed]),
            await catalogue_rows(session),
            [one.coupon for one in await coupons.counted(session)],
            dealers=await dealers.listed(session),
        )
    whole = read("export.yaml", text.encode(), NOW)
    for part in ("dealers", "coupons", "plans"):
        assert getattr(whole, part) == getattr(found, part), part
    times = [
        {item: len(some) for item, some in one.slots.items() if some} for one in (whole, found)
    ]
    assert times[0] == times[1] != {}
    assert {"starlan-riverside"} < {row["dealer_id"] for row in whole.items}
    again = {row["id"]: row for row in whole.items}
    assert len(again) == len(rows) >= 40
    for row in rows:
        assert again[row["id"]] == row
    assert "&id" not in text


def test_a_csv_says_the_same_as_the_yaml() -> None:
    columns = ["id", "type", "topics", "price_stars", "starts_at", "duration_minutes", "active"]
    names = ("title", "summary", "description")
    texts = [f"{name}.{language}" for name in names for language in ("zh", "en")]
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([*columns, *texts, "brand.zh", "brand.en", "city"])
    cells = "live-winter|live|ev winter|0|2026-12-01T19:30:00+08:00|90|false"
    table.writerow(f"{cells}|冬季续航|Winter range|一|one|二|two|||".split("|"))
    from_csv = read("items.CSV", out.getvalue().encode("utf-8-sig"), NOW).items
    start = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
    as_yaml = item(topics=["ev", "winter"], starts_at=start, duration_minutes=90, active=False)
    assert from_csv == read("items.yaml", file(as_yaml), NOW).items
    assert from_csv[0]["starts_at"] == start
    assert from_csv[0]["ends_at"] == start + timedelta(minutes=90)
    assert from_csv[0]["brand"] is None


def test_a_date_may_count_from_the_import() -> None:
    # 20:00 UTC is four in the morning of the next day in the catalogue's zone.
    late = datetime(2026, 11, 24, 20, tzinfo=UTC)
    (row,) = read("a.yaml", file(item(starts_in_days=2, at="19:30")), late).items
    assert row["starts_at"] == datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
    assert row["updated_at"] == late


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": "Bad Id"}, "id: String should match"),
        ({"id": 5}, "id: Input should be a valid string"),
        ({"type": "party"}, "type is 'party'; it is one of course, book"),
        ({"title": {"zh": "只有中文"}}, "title.en: Field required"),
        ({"title": {"zh": " ", "en": "x"}}, "title.zh: String should have at least 1"),
        ({"title": "text"}, "title: Input should be a valid dictionary"),
        ({"title": {"zh": "a", "en": "b", "fr": "c"}}, "title.fr: Extra inputs"),
        ({"price_stars": 10}, "an item with a price needs `delivery`"),
        ({"price_stars": -1}, "price_stars: Input should be greater than or equal to 0"),
        ({"price_stars": "ten"}, "price_stars: Input should be a valid integer"),
        ({"capacity": -1}, "capacity: Input should be greater"),
        ({"capacity": 10**12}, "capacity: Input should be less"),
        ({"starts_at": "tomorrow"}, "starts_at: Input should be a valid datetime"),
        ({"starts_at": "2026-12-01T10:00:00"}, "starts_at: Input should have timezone"),
        ({"starts_in_days": 1, "at": 1170}, "at: Value error, write the time in quotes"),
        ({"starts_in_days": 1e12}, "its date or length is out of range"),
        ({"starts_in_days": float("nan")}, "its date or length is out of range"),
        ({"duration_minutes": 10**15}, "its date or length is out of range"),
        ({"duration_minutes": 0}, "duration_minutes: Input should be greater than 0"),
        ({"topics": "ev"}, "topics: Input should be a valid list"),
        ({"summary": {"zh": "长" * 801, "en": "b"}}, "summary.zh has 801 characters"),
        ({"description": {"zh": "a", "en": "b" * 3001}}, "a message holds 3000"),
        ({"city": "x" * 65}, "city: String should have at most 64"),
        ({"prize": 1}, "prize: Extra inputs are not permitted"),
    ],
)
def test_a_fault_is_told_with_its_item_and_field(change: dict[str, object], told: str) -> None:
    wrong = item(**change)
    with pytest.raises(CatalogueError) as error:
        read("a.yaml", file(item(id="good"), wrong), NOW)
    assert str(error.value).startswith("Nothing was imported. Please mend:\n")
    assert f"item 2 ({wrong['id']}): " in str(error.value)
    assert told in str(error.value)


def test_every_fault_is_told_at_once() -> None:
    without_id = item(type="party")
    del without_id["id"]
    rows = [item(id="a", capacity=-1, city="x" * 65), item(id="b"), item(id="b"), without_id]
    with pytest.raises(CatalogueError) as error:
        read("a.yaml", file(*rows), NOW)
    lines = str(error.value).splitlines()[1:]
    assert [line.split(": ")[0] for line in lines] == [
        "item 1 (a)",
        "item 1 (a)",
        "item 3 (b)",
        "item 4 (without id)",
    ]
    assert "the id is there twice" in lines[2]


def test_what_the_buyer_receives_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "goods").mkdir()
    (tmp_path / "goods" / "a.zh.txt").write_text("\ufeff第一章\n\n正文\n", encoding="utf-8")
    (tmp_path / "goods" / "a.en.txt").write_text("Chapter 1\n\nText" * 1000, encoding="utf-8")
    names = {"zh": "goods/a.zh.txt", "en": "goods/a.en.txt"}
    (row,) = read("a.yaml", file(item(delivery_files=names, price_stars=5)), NOW, tmp_path).items
    assert row["delivery"]["zh"] == "第一章\n\n正文"
    assert len(row["delivery"]["en"]) > 10_000
    columns = "id,type,title.zh,title.en,summary.zh,summary.en,description.zh,description.en"
    head = f"{columns},price_stars,delivery_files.zh,delivery_files.en"
    cells = f"{head}\nbook-a,book,a,a,b,b,c,c,5,{names['zh']},{names['en']}\n"
    assert read("a.csv", cells.encode(), NOW, tmp_path).items[0]["delivery"] == row["delivery"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"delivery_files": {"zh": "good.txt", "en": "none.txt"}},
            "none.txt can't be read",
        ),
        ({"delivery_files": {"zh": "good.txt", "en": "."}}, ". can't be read: Is a directory"),
        ({"delivery_files": {"zh": "good.txt", "en": "blank.txt"}}, "blank.txt is empty"),
        ({"delivery_files": {"zh": "good.txt", "en": "gbk.txt"}}, "gbk.txt is not UTF-8 text"),
        ({"delivery_files": {"zh": "good.txt", "en": "../x.txt"}}, "../x.txt lies outside"),
        ({"delivery_files": {"zh": "good.txt", "en": "/etc/hostname"}}, "lies outside"),
        ({"delivery_files": {"zh": "good.txt"}}, "delivery_files.en: Field required"),
        (
            {
                "delivery": {"zh": "a", "en": "b"},
                "delivery_files": {"zh": "good.txt", "en": "good.txt"},
            },
            "give `delivery` or `delivery_files`, not both",
        ),
    ],
)
def test_a_file_that_is_not_delivered_is_a_fault(
    change: dict[str, object], told: str, tmp_path: Path
) -> None:
    (tmp_path / "good.txt").write_text("text")
    (tmp_path / "blank.txt").write_text(" \n")
    (tmp_path / "gbk.txt").write_bytes("标题".encode("gb18030"))
    with pytest.raises(CatalogueError) as error:
        read("a.yaml", file(item(price_stars=5, **change)), NOW, tmp_path)
    assert f"item 1 (live-winter): {'' if 'required' in told else 'item: '}" in str(error.value)
    assert told in str(error.value)


def test_an_unquoted_time_in_yaml_is_no_time_of_night() -> None:
    text = GOOD.strip() + "\nstarts_in_days: 1\nat: 19:30"
    with pytest.raises(CatalogueError, match='"19:30"'):
        read("a.yaml", ("- " + text.replace("\n", "\n  ")).encode(), NOW)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.yaml", b"", "holds no items: expected a list"),
        ("a.yaml", b"items: []", "holds no items"),
        ("a.yaml", b"items: {a: 1}", "holds no items"),
        ("a.yaml", b"- 1\n- 2", "holds no items"),
        ("a.yaml", b"a: [1", "a.yaml is not valid YAML"),
        ("a.yaml", b"- id: a\n  starts_at: 2026-13-45", "a.yaml is not valid YAML"),
        ("a.yaml", "标题".encode("gb18030"), "not UTF-8 text: save it as UTF-8"),
        ("a.csv", b"id,type\n", "holds no items"),
        ("a.csv", b"id,type\na,live,extra\n", "more cells than columns: Extra inputs"),
        ("a.csv", b"id,title,title.zh,title.en\na,b,c,d\n", "title: Input should be a valid dict"),
        ("a.csv", b"id,title.zh,title.en,title\na,b,c,d\n", "title: Input should be a valid dict"),
        ("a.csv", b'id\n"' + b"x" * 200_000 + b'"\n', "a.csv is not valid CSV: field larger"),
    ],
)
def test_a_file_that_is_no_catalogue_is_told(name: str, data: bytes, told: str) -> None:
    with pytest.raises(CatalogueError) as error:
        read(name, data, NOW)
    assert told in str(error.value)
