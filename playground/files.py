"""Files that bots and personas send: bytes on disk, facts in the store."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
import tempfile
from pathlib import Path
from typing import Any, Literal, get_args

from aiogram.types import Animation, Audio, Document, PhotoSize, Video, VideoNote, Voice
from pydantic import BaseModel

from playground.errors import bad_request
from playground.images import image_size
from playground.store import Store
from playground.upload import Upload

FileKind = Literal["photo", "document", "video", "animation", "audio", "voice", "video_note"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
CLASSES: dict[str, type[BaseModel]] = {
    "document": Document,
    "video": Video,
    "animation": Animation,
    "audio": Audio,
    "voice": Voice,
    "video_note": VideoNote,
}
MEASURES = ("duration", "width", "height", "length")  # seconds and pixels
MAX_PHOTO = 10 * 1024 * 1024  # bytes: https://core.telegram.org/bots/api#sendphoto
MAX_DOWNLOAD = 20 * 1024 * 1024  # bytes: https://core.telegram.org/bots/api#getfile


class StoredFile(BaseModel):
    """`width` and `height` in pixels, 0 for what is not a photo; `size` in bytes."""

    file_id: str
    unique_id: str
    kind: FileKind
    name: str
    mime: str
    size: int
    width: int = 0
    height: int = 0

    @property
    def file_path(self) -> str:
        """The path under /file/bot<token>/, as getFile tells it."""
        return f"{self.kind}s/file_{self.unique_id}{Path(self.name).suffix.lower()}"

    def content(self, call: Any = None) -> dict[str, Any]:
        """The field of a message that shows the file.

        How long a film or a sound is, the sender says in the call: nothing is decoded here.
        """
        facts = {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
            "file_name": self.name,
            "mime_type": self.mime,
            "width": self.width,
            "height": self.height,
        }
        if self.kind == "photo":
            return {"photo": [_made(PhotoSize, facts)]}
        facts |= {name: getattr(call, name, None) or facts.get(name, 0) for name in MEASURES}
        facts |= {name: getattr(call, name, None) for name in ("performer", "title")}
        return {self.kind: _made(CLASSES[self.kind], facts)}


def _made(cls: type[BaseModel], facts: dict[str, Any]) -> BaseModel:
    """aiogram's classes would keep fields that Telegram's don't have."""
    return cls.model_validate({key: facts[key] for key in cls.model_fields if key in facts})


class Files:
    """Without a folder the bytes live in a temporary one, gone with the server."""

    def __init__(self, folder: Path | None, store: Store) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="playground-")
        self._folder = folder or Path(self._temporary.name if self._temporary else "")
        self._store = store
        self._files: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def restore(self, file: StoredFile) -> None:
        self._files[file.file_id] = file
        self._by_path[file.file_path] = file

    async def add(self, upload: Upload, kind: FileKind) -> StoredFile:
        """Raises ApiError 400 for an empty file and for a photo that is none or over 10 MB."""
        if not upload.data:
            raise bad_request("file must be non-empty")
        width, height = 0, 0
        if kind == "photo":
            if len(upload.data) > MAX_PHOTO:
                raise bad_request("file is too big")
            width, height = image_size(upload.data)
        name = Path(upload.name).name or "file"
        unique = secrets.token_urlsafe(9)
        file = StoredFile(
            file_id=("AgACAg" if kind == "photo" else "BQACAg") + secrets.token_urlsafe(30),
            unique_id=unique,
            kind=kind,
            name=name,
            mime=mimetypes.guess_type(name)[0] or upload.content_type or "application/octet-stream",
            size=len(upload.data),
            width=width,
            height=height,
        )
        await asyncio.to_thread(self._write, file, upload.data)
        self.restore(file)
        self._store.put("file", file.file_id, file.model_dump())
        return file

    def _write(self, file: StoredFile, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.location(file).write_bytes(data)

    def get(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def at(self, file_path: str) -> StoredFile | None:
        return self._by_path.get(file_path)

    def location(self, file: StoredFile) -> Path:
        return self._folder / file.unique_id

    def clear(self) -> None:
        for file in self._files.values():
            self._store.put("file", file.file_id, None)
            self.location(file).unlink(missing_ok=True)
        self._files.clear()
        self._by_path.clear()

    def close(self) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()
