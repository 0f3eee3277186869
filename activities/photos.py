"""Pictures of items: read from a file or an address, checked to be such as Telegram takes, kept."""

import asyncio
import io
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import aiohttp
from PIL import Image

from storage.database import Database
from storage.repositories import photos

# What Telegram takes of a photo: https://core.telegram.org/bots/api#sendphoto
MOST_BYTES, MOST_SIDES, MOST_RATIO = 10 * 1024 * 1024, 10_000, 20
FORMATS = ("JPEG", "PNG", "WEBP")
FETCH_S = 30.0


class PhotoError(Exception):
    """A picture can't be used; the message says why, and what to do."""


class Picture(NamedTuple):
    data: bytes
    sha256: str
    source: str


async def load(
    sources: Mapping[str, str], folder: Path
) -> tuple[dict[str, Picture | None], list[str]]:
    """The pictures of items by their sources, a file's name in `folder` or an https address; None
    where the source is empty: the item is to have none. And what is wrong with others."""
    found: dict[str, Picture | None] = {}
    faults: list[str] = []
    for item, source in sources.items():
        try:
            found[item] = await _picture(source, folder) if source else None
        except PhotoError as error:
            faults.append(f"item {item}: photo: {error}")
    return found, faults


async def _picture(source: str, folder: Path) -> Picture:
    if "://" in source:
        data = await _fetched(source)
    else:
        data = await asyncio.to_thread(_in_folder, folder, source)
    await asyncio.to_thread(check, data, source)
    return Picture(data, sha256(data).hexdigest(), source)


def _in_folder(folder: Path, name: str) -> bytes:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise PhotoError(f"{name} lies outside the folder of the catalogue")
    try:
        if file.stat().st_size > MOST_BYTES:
            raise PhotoError(_too_big(name))
        return file.read_bytes()
    except OSError as error:
        raise PhotoError(f"{name} can't be read: {error.strerror}") from error


async def _fetched(url: str) -> bytes:
    if not url.startswith("https://"):
        raise PhotoError(f"{url} is no https address")
    try:
        timeout = aiohttp.ClientTimeout(total=FETCH_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise PhotoError(f"{url} answers {answer.status}: give the picture's own address")
            data = await answer.content.read(MOST_BYTES + 1)
            while len(data) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES)):
                data += more
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise PhotoError(f"{url} can't be fetched: {error or 'it takes too long'}") from error
    return data


def _too_big(source: str) -> str:
    return f"{source} has more than {MOST_BYTES // 1024**2} MB: make it smaller"


def check(data: bytes, source: str) -> None:
    """Raises PhotoError for what Telegram would not show as a photo."""
    if len(data) > MOST_BYTES:
        raise PhotoError(_too_big(source))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width + height > MOST_SIDES or max(width, height) > MOST_RATIO * min(width, height):
                raise PhotoError(
                    f"{source} is {width} × {height}: width and height together are at most "
                    f"{MOST_SIDES}, and one at most {MOST_RATIO} times the other"
                )
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoError(f"{source} is no whole {', '.join(FORMATS)} picture") from error


async def remember(database: Database, item_id: str, sha: str, bot_id: int, file_id: str) -> None:
    """Notes under which name a bot can send a picture again."""
    async with database.write() as session:
        await photos.set_file_id(session, item_id, sha, bot_id, file_id)
