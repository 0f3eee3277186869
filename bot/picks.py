"""A recommended item, and why it is recommended in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.tags import topic_name
from bot.texts import Texts
from recsys.recommender import Reason
from storage.models import Item


@dataclass(frozen=True, slots=True)
class Pick:
    """A recommended item with what moved it. Along a list the score falls."""

    item: Item
    score: float
    reasons: tuple[Reason, ...]
    titles: Mapping[str, dict[str, str]]
    ties: Mapping[str, str]
    """Of the items that are reasons: those that the user "liked" or "owned"."""

    def reason_lines(self, texts: Texts) -> list[str]:
        return list(dict.fromkeys(self._line(reason, texts) for reason in self.reasons))

    def why(self, texts: Texts) -> str:
        return self.reason_lines(texts)[0]

    def _line(self, reason: Reason, texts: Texts) -> str:
        if reason.kind == "topic":
            return texts("why-topic", topic=topic_name(reason.object, texts))
        if reason.kind == "item" and reason.object in self.titles:
            key = f"why-{self.ties.get(reason.object, 'viewed')}"
            return texts(key, title=texts.pick(self.titles[reason.object]))
        return texts(f"why-{reason.kind if reason.kind != 'item' else 'popular'}")
