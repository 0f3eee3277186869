"""The sample catalogue keeps its schema, speaks both languages and makes no forbidden claims."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sample.behaviour import load_items, starts_at
from sample.people import CITIES, TOPICS

ITEMS = load_items()
COUNTS = {
    **{"course": 13, "book": 6, "audio": 6, "live": 7},
    **{"salon": 4, "test_drive": 7, "game": 3, "draw": 2},
}
DIGITAL = ("course", "book", "audio", "live")
SEATED = ("live", "salon", "test_drive")
KEYS = {
    "id",
    "type",
    "title",
    "summary",
    "description",
    "topics",
    "brand",
    "price_stars",
    "capacity",
    "starts_in_days",
    "at",
    "duration_minutes",
    "city",
    "place",
    "delivery",
    "active",
}
each = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])


def test_counts_and_unique_ids():
    assert Counter(item["type"] for item in ITEMS) == COUNTS
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)
    assert len({item["title"]["zh"] for item in ITEMS}) == len(ITEMS)


def test_every_topic_has_a_course():
    taught = {topic for item in ITEMS if item["type"] == "course" for topic in item["topics"]}
    assert taught == set(TOPICS)


@each
def test_texts_in_both_languages(item):
    for name in {"title", "summary", "description", "brand", "place", "delivery"} & set(item):
        assert set(item[name]) == {"zh", "en"}
        assert re.search(r"[一-鿿]", item[name]["zh"])
        assert not re.search(r"[一-鿿]", item[name]["en"])
    assert 3 <= len(re.findall("。", item["description"]["zh"])) <= 5
    assert 3 <= len(re.findall(r"[.!?](?:\s|$)", item["description"]["en"])) <= 5


@each
def test_no_superlatives_and_no_links(item):
    texts = [text for value in item.values() if isinstance(value, dict) for text in value.values()]
    for text in texts:
        assert not re.search(r"最|第一(?!章)|唯一|顶级|极致|https?:|www\.", text), text
        assert not re.search(r"\b(best|greatest|finest|guaranteed|unbeatable)\b", text, re.I), text


@each
def test_fields_prices_and_seats(item):
    assert set(item) <= KEYS
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", item["id"])
    assert item["topics"]
    assert set(item["topics"]) <= set(TOPICS)
    digital = item["type"] in DIGITAL
    assert 50 <= item["price_stars"] <= 900 if digital else item["price_stars"] == 0
    assert ("delivery" in item) == digital
    assert ("capacity" in item) == (item["type"] in SEATED)
    assert item.get("capacity", 1) >= 1
    physical = item["type"] in ("salon", "test_drive")
    assert ("city" in item) == ("place" in item) == physical
    assert item.get("city", "上海") in CITIES


@each
def test_dates_count_from_the_import(item):
    now = datetime(2026, 11, 24, 20, tzinfo=UTC)  # already the 25th in Shanghai
    start = starts_at(item, now)
    assert (start is not None) == (item["type"] in (*SEATED, "draw"))
    built = item["type"] not in ("game", "draw")
    assert item["active"] == (built and (start is None or start > now))
    if start is not None:
        assert item["duration_minutes"] > 0
        assert starts_at(item, now + timedelta(days=3)) == start + timedelta(days=3)


def test_a_start_is_local_time():
    item = {"starts_in_days": 2, "at": "19:30"}
    late = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert starts_at(item, late) == datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
