"""The sample catalogue keeps its schema, speaks both languages and makes no forbidden claims."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sample.behaviour import load_items, starts_at
from sample.loading import catalogue
from sample.people import CITIES, TOPICS

ITEMS = load_items()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# As they are sold: with what stands in files of its own.
SOLD = {row["id"]: row for row in catalogue(NOW).items}
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
    "location",
    "place",
    "dealer",
    "delivery",
    "delivery_files",
    "active",
    "slots",
}
# What the bot doesn't do, or not yet: reminders, ways in that are sent, draws, quizzes, sound.
UNBUILT = {
    "zh": r"(会|时|前).{0,8}提醒(?!哪)|发送(?! /)|发到聊天|前一天发|抽奖|抽取|抽出.{1,3}位|中奖"
    r"|测验|得分|成绩|音频|收听|听完|听众|图表|投票",
    "en": r"\breminder comes|\bremind you|\bway in (?:arrives|when|is|comes)"
    r"|\b(?:is|are) sent\b|sent chapter|arrives? in the chat|summary follows|\bwinners?\b"
    r"|\braffle|\bquiz|\bscores?\b|\baudio\b|\blisteners?\b|episode lasts|\bcharts?\b|\bvotes?\b",
}
CONTENTS = {"zh": ("目录：", "；"), "en": ("Contents: ", "; ")}
SENTENCE = {"zh": r"[。！？]", "en": r"[.!?](?=\s|$|”)"}
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
    assert {language for language, _ in told(item)} == {"zh", "en"}
    for language, text in told(item):
        assert bool(re.search(r"[一-鿿]", text)) == (language == "zh")
    assert 3 <= len(re.findall("。", item["description"]["zh"])) <= 5
    assert 3 <= len(re.findall(r"[.!?](?:\s|$)", item["description"]["en"])) <= 5


def told(item):
    """(language, text) of all that people read of an item."""
    sold = SOLD[item["id"]]
    names = ("title", "summary", "description", "brand", "place", "delivery")
    return [pair for name in names if sold[name] for pair in sold[name].items()]


@each
def test_nothing_active_promises_what_is_not_built(item):
    for language, text in told(item) if item["active"] else ():
        assert not re.search(UNBUILT[language], text, re.I), re.search(UNBUILT[language], text)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "item",
    [item for item in ITEMS if item["type"] in ("book", "audio")],
    ids=lambda item: item["id"],
)
def test_every_part_that_the_contents_list_is_there(item, language):
    least = 4 if item["type"] == "book" else 3
    mark, between = CONTENTS[language]
    lines = SOLD[item["id"]]["delivery"][language].splitlines()
    (listed,) = [line for line in lines if line.startswith(mark)]
    names = listed.removeprefix(mark).split(between)
    assert len(names) == len(set(names)) >= 5
    assert [line for line in lines if line in names] == names
    starts = [lines.index(name) for name in names]
    for name, start, end in zip(names, starts, [*starts[1:], len(lines)], strict=True):
        text = "\n".join(lines[start + 1 : end])
        assert len(re.findall(SENTENCE[language], text)) >= least, name
    other = SOLD[item["id"]]["delivery"]["en" if language == "zh" else "zh"]
    mark, between = CONTENTS["en" if language == "zh" else "zh"]
    (listed,) = [line for line in other.splitlines() if line.startswith(mark)]
    assert len(listed.split(between)) == len(names)


@each
def test_time_to_read_episodes(item):
    if item["type"] == "audio":
        characters = len(SOLD[item["id"]]["delivery"]["zh"])
        assert abs(item["duration_minutes"] - characters / 300) <= 1.5


@each
def test_no_superlatives_and_no_links(item):
    for _, text in told(item):
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
    assert len({"delivery", "delivery_files"} & set(item)) == digital
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
