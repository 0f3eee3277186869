"""Segments on disk: versioned, checked, published atomically. Nothing about any one user."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from recsys.segments import Segments
from storage.versions import Damaged, VersionStore, checksums, verify

MANIFEST, ARRAYS = "manifest.json", "segments.safetensors"
MATRICES = ("centroids", "usual", "shares")


def save(root: Path, segments: Segments) -> str:
    """Writes a new version, makes it live and returns its id. Raises filelock.Timeout."""
    store = VersionStore(root)
    with store.lock():
        version, folder = store.begin()
        save_file(
            {name: np.ascontiguousarray(getattr(segments, name)) for name in MATRICES},
            folder / ARRAYS,
        )
        plain = {f.name: getattr(segments, f.name) for f in fields(segments)}
        manifest = {name: value for name, value in plain.items() if name not in MATRICES}
        manifest |= {"version": version, "created": datetime.now(UTC).isoformat()}
        manifest["checksums"] = checksums(folder, (ARRAYS,))
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        store.publish(version)
    return version


def live(root: Path) -> str | None:
    """The id of the live version."""
    return VersionStore(root).live()


def load(root: Path) -> tuple[str, Segments] | None:
    """The live segments, or the newest good ones before them; None when there are none."""
    return VersionStore(root).first_whole(_read)[0]


def _read(folder: Path) -> tuple[str, Segments]:
    """Raises Damaged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        verify(folder, dict(manifest["checksums"]), (ARRAYS,))
        return folder.name, Segments(
            names=tuple(manifest["names"]),
            ids=tuple(manifest["ids"]),
            sizes=tuple(manifest["sizes"]),
            silhouette=manifest["silhouette"],
            stability=manifest["stability"],
            next_id=manifest["next_id"],
            **load_file(folder / ARRAYS),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise Damaged(f"{folder.name}: {error!r}") from error
