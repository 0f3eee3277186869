"""Parsed documents on disk, so that a start or a build only parses what is new."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from retrieval.documents import Document

_DOCUMENT = TypeAdapter(Document)


class Shelf:
    """One file a document, named by what it was made of; losing it costs time and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str, digest: str) -> Document | None:
        try:
            return _DOCUMENT.validate_json((self.folder / _key(name, digest)).read_bytes())
        except (OSError, ValidationError):
            return None

    def put(self, name: str, document: Document) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{uuid4().hex}.new"
        temporary.write_bytes(_DOCUMENT.dump_json(document))
        temporary.replace(self.folder / _key(name, document.digest))

    def keep(self, files: Iterable[tuple[str, str]]) -> None:
        """Drops all but the documents of these (name, digest)."""
        kept = {_key(*file) for file in files}
        for path in self.folder.glob("*"):
            if path.name not in kept:
                path.unlink(missing_ok=True)


def _key(name: str, digest: str) -> str:
    return hashlib.sha256(f"{_parsers()}\n{name}\n{digest}".encode()).hexdigest()


@cache
def _parsers() -> str:
    """A digest of the code that parses: what another version of it has made is not used."""
    here = Path(__file__).parent
    code = [
        *sorted(here.glob("parsers/*.py")),
        *map(here.joinpath, ("sections.py", "documents.py", "layout.py", "sentences.py")),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()
