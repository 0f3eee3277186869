"""Trained models on disk: versioned, checked, published atomically."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from recsys.contest import Champion, Outcome
from recsys.models.parts import Part
from recsys.training import Trained
from storage.versions import Damaged, VersionStore, checksums, verify

MANIFEST, ARRAYS = "manifest.json", "model.safetensors"


class Busy(Exception):
    """Another process is training or saving a model."""


class UnknownVersion(Exception):
    """There is no such version, or it is no longer kept."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`contest` is the `Outcome` of the version's contest with the one that was live."""

    version: str
    created: str
    items: list[str]
    settings: dict[str, Any]
    metrics: dict[str, float]
    checksums: dict[str, str]
    contest: dict[str, Any] | None = None

    @property
    def champion(self) -> Champion:
        return Champion(self.settings, self.items, self.metrics.get("signals"))


_MANIFEST = TypeAdapter(Manifest)


def save(root: Path, trained: Trained, outcome: Outcome | None = None) -> Manifest:
    """Writes a new version and makes it live, unless the outcome of its contest forbids.

    Raises Busy.
    """
    store = VersionStore(root)
    with _locked(store):
        version_id, folder = store.begin()
        save_file(_arrays(trained), folder / ARRAYS)
        manifest = Manifest(
            version=version_id,
            created=datetime.now(UTC).isoformat(),
            items=list(trained.items),
            settings=trained.settings,
            metrics=trained.metrics,
            checksums=checksums(folder, (ARRAYS,)),
            contest=asdict(outcome) if outcome else None,
        )
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), "utf-8")
        store.publish(version_id, hold=outcome is not None and not outcome.promoted)
    return manifest


def load(root: Path) -> tuple[Manifest, Trained] | None:
    """The live model, or the newest good one before it; None when there is none."""
    return found(root)[0]


def found(root: Path) -> tuple[tuple[Manifest, Trained] | None, list[str]]:
    """As `load`, and what is wrong with the models that should have come before that one."""
    return VersionStore(root).first_whole(_read)


def live(root: Path) -> str | None:
    """The id of the live version; cheap enough to ask for every list."""
    return VersionStore(root).live()


def in_use(root: Path) -> tuple[Manifest | None, list[str]]:
    """As `found`, with the manifest alone; all files are checked."""
    return VersionStore(root).first_whole(_checked)


def versions(root: Path) -> list[tuple[Manifest, str]]:
    """Manifests of all readable versions, newest first, with their states as in
    `VersionStore.kept`.
    """
    return VersionStore(root).kept(
        _manifest, lambda folder, manifest: verify(folder, manifest.checksums, (ARRAYS,))
    )


def rollback(root: Path, version_id: str) -> Manifest:
    """Makes a version that is kept the live one; running bots take it up by themselves.

    Raises UnknownVersion, Busy, and Damaged.
    """
    store = VersionStore(root)
    with _locked(store):
        if version_id not in store.ids():
            raise UnknownVersion(
                f"There is no version {version_id!r}: chezhi recsys versions lists them."
            )
        manifest, _ = _read(store.path(version_id))
        store.promote(version_id)
    return manifest


@contextmanager
def training(root: Path) -> Iterator[None]:
    """Held while training, whose state on disk is one for all. Raises Busy on entry."""
    root.mkdir(parents=True, exist_ok=True)
    told = "The recommender is being trained already: wait until that is done, or stop it."
    with _held(FileLock(root / "training.lock", timeout=0), told):
        yield


def _locked(store: VersionStore) -> AbstractContextManager[None]:
    told = "A model is being saved by another process: try again when it is done."
    return _held(store.lock(), told)


@contextmanager
def _held(lock: FileLock, told: str) -> Iterator[None]:
    """Raises Busy where another holds it; what is raised within passes as it is."""
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(told) from error
    try:
        yield
    finally:
        lock.release()


def _read(folder: Path) -> tuple[Manifest, Trained]:
    manifest = _checked(folder)
    try:
        return manifest, Trained(
            items=tuple(manifest.items),
            settings=manifest.settings,
            metrics=manifest.metrics,
            **_learned(load_file(folder / ARRAYS), manifest.settings),
        )
    except (OSError, KeyError, ValueError, TypeError, SafetensorError) as error:
        raise Damaged(f"{folder.name}: {error}") from error


def _arrays(trained: Trained) -> dict[str, np.ndarray]:
    """By name: those of the first part are `0.out`, `0.share` and so on."""
    arrays = {"popularity": trained.popularity}
    for number, part in enumerate(trained.parts):
        named = {"out": part.out, "into": part.into, "prior": part.prior, "share": part.share}
        arrays |= {
            f"{number}.{name}": np.asarray(one) for name, one in named.items() if one is not None
        }
    return {name: np.ascontiguousarray(one) for name, one in arrays.items()}


def _learned(arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> dict[str, Any]:
    popularity = arrays.pop("popularity")
    if "embeddings" in arrays:  # of versions that had one kind of part
        out = arrays["embeddings"]
        is_item_item = settings.get("model", "embeddings") != "embeddings"
        return {
            "popularity": popularity,
            "parts": (Part(out) if is_item_item else Part.folded(out),),
        }
    named: dict[str, dict[str, Any]] = {}
    for name, array in sorted(arrays.items()):
        number, _, field = name.partition(".")
        named.setdefault(number, {})[field] = array.item() if field == "share" else array
    return {"popularity": popularity, "parts": tuple(Part(**one) for one in named.values())}


def _checked(folder: Path) -> Manifest:
    manifest = _manifest(folder)
    verify(folder, manifest.checksums, (ARRAYS,))
    return manifest


def _manifest(folder: Path) -> Manifest:
    try:
        return _MANIFEST.validate_python(json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise Damaged(f"{folder.name}: its manifest is damaged ({error})") from error
