"""Tags: what a thing or a person is about, as codes such as `topic.ev`, and as numbers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import numpy as np

from recsys.features import Attributes, Corrections
from storage.models import ITEM_TYPES, Item

# What each is called where it is read by a model; what users read is in the catalogue of messages.
TOPIC_TEXTS = {
    "adas": "辅助驾驶 driver assistance",
    "battery": "电池 batteries",
    "brakes": "刹车 brakes",
    "buying": "选车买车 buying",
    "charging": "充电 charging",
    "driving": "驾驶 driving",
    "ev": "电动车 EVs",
    "hybrid": "混动 hybrids",
    "insurance": "车险 insurance",
    "maintenance": "保养 maintenance",
    "transmission": "变速箱 gearboxes",
    "tyres": "轮胎 tyres",
    "used_car": "二手车 used cars",
    "warning_lights": "故障灯 warning lights",
    "warranty": "质保 warranty",
    "winter": "冬季用车 winter",
}
TOPICS = list(TOPIC_TEXTS)
# By which words each type is looked for.
TYPE_TEXTS = {
    "course": "课程 课 course lessons",
    "book": "图书 书 电子书 book",
    "audio": "音频 播客 节目 podcast episodes",
    "live": "直播 live session",
    "salon": "沙龙 讲座 活动 salon talk",
    "test_drive": "试驾 test drive",
    "game": "问答 游戏 quiz game",
    "draw": "抽奖 prize draw",
}


def brand_tag(brand: Mapping[str, str]) -> str:
    """A brand's code, short enough for a button."""
    name = brand.get("en") or next(iter(brand.values()))
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:20]
    return f"brand.{slug or sha256(name.encode()).hexdigest()[:8]}"


def attributes_of(tags: Mapping[str, Sequence[str]], brands: Iterable[str]) -> Attributes:
    """What some items, by their tags, and all topics are about; an item with several topics is
    about each a little. `brands` are the tags of all brands that a person may have."""
    names = [*(f"topic.{t}" for t in TOPICS), *(f"type.{t}" for t in ITEM_TYPES), *sorted(brands)]
    column = {name: number for number, name in enumerate(names)}
    things = {**tags, **{f"topic.{topic}": (f"topic.{topic}",) for topic in TOPICS}}
    matrix = np.zeros((len(things), len(names)), dtype=np.float32)
    for row, own in enumerate(things.values()):
        known = [tag for tag in own if tag in column]
        topics = [tag for tag in known if tag.startswith("topic.")]
        for tag in known:
            matrix[row, column[tag]] = 1 / len(topics) if tag in topics else 1
    return Attributes(tuple(things), tuple(names), matrix)


def tags_of(item: Item) -> tuple[str, ...]:
    """What an item is about: its type, its brand, its topics."""
    brand = [brand_tag(item.brand)] if item.brand else []
    return (f"type.{item.type}", *brand, *(f"topic.{topic}" for topic in item.topics))


def still_speaks(about: Sequence[str], corrections: Corrections) -> float:
    """What part of an act on an item still speaks for a person who rejected some tags, 0 to 1."""
    topics = [tag for tag in about if tag.startswith("topic.")]
    if any(tag in corrections for tag in about if tag not in topics):
        return 0.0
    return sum(topic not in corrections for topic in topics) / len(topics) if topics else 1.0
