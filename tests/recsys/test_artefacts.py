import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from recsys import artefacts
from recsys.models.registry import made
from recsys.training import Trained
from storage.versions import VersionStore, checksums


def test_a_model_is_saved_and_loaded_whole(tmp_path: Path, trained: Trained) -> None:
    assert artefacts.load(tmp_path) is None
    assert artefacts.in_use(tmp_path) == (None, [])
    saved = artefacts.save(tmp_path, trained)
    loaded = artefacts.load(tmp_path)
    assert loaded is not None
    manifest, model = loaded
    assert manifest == saved
    assert artefacts.in_use(tmp_path) == (saved, [])
    assert (model.items, model.settings, model.metrics) == (
        trained.items,
        trained.settings,
        trained.metrics,
    )
    assert (model.popularity == trained.popularity).all()
    same_parts(model, trained)


def same_parts(one: Trained, other: Trained) -> None:
    for part, like in zip(one.parts, other.parts, strict=True):
        assert part.share == like.share
        for name in ("out", "into", "prior"):
            array, expected = getattr(part, name), getattr(like, name)
            assert (array is None) == (expected is None)
            assert array is None or (array == expected).all()


@pytest.mark.parametrize("settings", [{"model": "ease", "ridge": 5.0}, {"loss": "bpr"}])
def test_a_model_of_an_earlier_version_is_opened(
    tmp_path: Path, small: Trained, settings: dict[str, Any]
) -> None:
    """Which kept one array of embeddings, or of weights, and biases that nobody reads."""
    saved = artefacts.save(tmp_path, replace(small, settings=settings))
    folder = tmp_path / "versions" / saved.version
    square = np.arange(9, dtype=np.float32).reshape(3, 3)
    old = {"embeddings": square, "bias": square[0], "popularity": small.popularity}
    save_file(old, folder / artefacts.ARRAYS)
    manifest = json.loads((folder / artefacts.MANIFEST).read_text("utf-8"))
    manifest["checksums"] = checksums(folder, (artefacts.ARRAYS,))
    (folder / artefacts.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    loaded = artefacts.load(tmp_path)
    assert loaded is not None
    (part,) = loaded[1].parts
    assert (part.out == square).all()
    assert part.is_item_item == ("model" in settings)
    assert loaded[0].champion.settings == settings
    assert made(settings).settings


@pytest.mark.parametrize("file", ["model.safetensors", "manifest.json"])
def test_a_damaged_model_gives_way_to_the_one_before(
    tmp_path: Path, small: Trained, file: str
) -> None:
    first, second = artefacts.save(tmp_path, small), artefacts.save(tmp_path, small)
    path = tmp_path / "versions" / second.version / file
    path.write_bytes(path.read_bytes()[:-20])
    loaded = artefacts.load(tmp_path)
    assert loaded is not None
    assert loaded[0].version == first.version
    used, (fault,) = artefacts.in_use(tmp_path)
    assert used == first
    assert second.version in fault
    third = artefacts.save(tmp_path, small)
    loaded = artefacts.load(tmp_path)
    assert loaded is not None
    assert loaded[0].version == third.version


def test_two_do_not_save_at_once(tmp_path: Path, small: Trained) -> None:
    with VersionStore(tmp_path).lock(), pytest.raises(artefacts.Busy):
        artefacts.save(tmp_path, small)
    assert artefacts.load(tmp_path) is None
