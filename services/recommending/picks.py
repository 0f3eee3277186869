"""A recommended item, and what recommends it."""

from collections.abc import Mapping
from dataclasses import dataclass

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
    """Of the items that are reasons: those that the user "viewed", "liked" or "owned"."""
