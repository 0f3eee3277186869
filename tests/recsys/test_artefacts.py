from pathlib import Path

import pytest

from recsys import artefacts
from recsys.training import Trained
from storage.versions import VersionStore


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
    for name in ("embeddings", "bias", "popularity"):
        assert (getattr(model, name) == getattr(trained, name)).all()


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
