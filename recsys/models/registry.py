"""Which models there are: the same for `chezhi train` and `chezhi recsys evaluate`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from recsys.models import (
    blend,
    ease,
    embeddings,
    graph_filter,
    history,
    ials,
    item_knn,
    peers,
    popularity,
)
from recsys.models.base import Family, Model
from recsys.models.parts import MOST_ITEM_ITEM

OURS: dict[str, Family] = {
    module.FAMILY.name: module.FAMILY
    for module in (popularity, item_knn, ease, graph_filter, ials, embeddings, history)
}
PEERS: dict[str, Family] = {family.name: family for family in peers.FAMILIES}
BLEND = blend.NAME
"""Of all our models that take part; it has no grid, its weights are chosen on validation."""
NAMES = (*OURS, BLEND, *PEERS)
ITEM_ITEM = ("item_knn", "ease", "graph_filter")
"""Of a large catalogue these are too large to serve."""


def suit(names: Mapping[str, Family], items: int) -> dict[str, Family]:
    """Those that can be served of a catalogue of so many items."""
    return {n: f for n, f in names.items() if items <= MOST_ITEM_ITEM or n not in ITEM_ITEM}


def described(model: Model) -> dict[str, Any]:
    """A model's name and settings, as they are written down; `made` reads them again."""
    if isinstance(model, blend.Blend):
        return {"model": BLEND} | asdict(model.settings)
    name = next(n for n, f in (OURS | PEERS).items() if isinstance(model.settings, f.settings))
    return {"model": name} | asdict(model.settings)


def made(settings: Mapping[str, Any]) -> Model:
    """A model that isn't fitted yet. Raises pydantic.ValidationError, and KeyError for a name that
    there is none of."""
    given = dict(settings)
    # Versions before there was a registry had embeddings alone, which stopped early.
    name, _ = given.pop("model", embeddings.FAMILY.name), given.pop("patience", None)
    if name == BLEND:
        weights = TypeAdapter(blend.Settings).validate_python(given)
        return blend.Blend({n: made(one) for n, one in weights.members.items()}, weights)
    family = (OURS | PEERS)[name]
    return family.make(TypeAdapter(family.settings).validate_python(given))
