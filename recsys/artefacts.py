"""Trained models on disk: versioned, checked, published atomically."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from recsys.training import Trained
from storage.versions import Damaged, VersionStore, checksums, verify

log = logging.getLogger(__name__)

MANIFEST, ARRAYS = "manifest.json", "model.safetensors"


@dataclass(frozen=True, slots=True)
class Manifest:
    version: str
    created: str
    items: list[str]
    settings: dict[str, Any]
    metrics: dict[str, float]
    checksums: dict[str, str]


def save(root: Path, trained: Trained) -> Manifest:
    """Writes a new version and makes it live. Raises filelock.Timeout while another is written."""
    store = VersionStore(root)
    with store.lock():
        version_id, folder = store.begin()
        arrays = {
            "embeddings": trained.embeddings,
            "bias": trained.bias,
            "popularity": trained.popularity,
        }
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / ARRAYS)
        manifest = Manifest(
            version=version_id,
            created=datetime.now(UTC).isoformat(),
            items=list(trained.items),
            settings=trained.settings,
            metrics=trained.metrics,
            checksums=checksums(folder, (ARRAYS,)),
        )
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), "utf-8")
        store.publish(version_id)
    return manifest


def load(root: Path) -> tuple[Manifest, Trained] | None:
    """The live model, or the newest good one before it; None when there is none."""
    store = VersionStore(root)
    for version_id in store.candidates():
        folder = store.path(version_id)
        try:
            manifest = _manifest(folder)
            verify(folder, manifest.checksums)
            arrays = load_file(folder / ARRAYS)
        except (Damaged, OSError, ValueError) as error:
            log.error("The model can't be used, taking an earlier one: %s", error)
            continue
        return manifest, Trained(
            items=tuple(manifest.items),
            settings=manifest.settings,
            metrics=manifest.metrics,
            **arrays,
        )
    return None


def live_manifest(root: Path) -> Manifest | None:
    """The live version's manifest alone. Raises Damaged."""
    store = VersionStore(root)
    live = store.live()
    return _manifest(store.path(live)) if live else None


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise Damaged(f"{folder.name}: {error}") from error
