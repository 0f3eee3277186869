"""Tags in words."""

from collections.abc import Iterable

from services.recommending.tags import TOPICS, brand_tag
from storage.models import Item
from wording.texts import Texts


def topic_name(topic: str, texts: Texts) -> str:
    """A topic in words; a catalogue may have others than ours, which are their own names."""
    return texts(f"topic-{topic}") if topic in TOPICS else topic


class Words:
    """Tags in one language. `catalogue` knows the names of brands."""

    def __init__(self, texts: Texts, catalogue: Iterable[Item]) -> None:
        self.texts = texts
        self._brands = {brand_tag(item.brand): item.brand for item in catalogue if item.brand}

    def __call__(self, tag: str) -> str:
        block, _, value = tag.partition(".")
        if block == "topic":
            return topic_name(value, self.texts)
        if block == "type":
            return self.texts(f"type-{value}")
        if block == "brand":
            return self.texts.pick(self._brands.get(tag)) or value
        return self.texts(f"habit-{value}")

    def all(self, tags: Iterable[str]) -> str:
        return " · ".join(self(tag) for tag in tags) or self.texts("segment-mixed")
