"""Pictures of items, and what Telegram calls them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Photo
from storage.repositories.upserts import upsert


async def save(session: AsyncSession, pictures: Mapping[str, Any]) -> int:
    """Keeps pictures (`data`, `sha256`, `source`) of items, or drops those that are None; returns
    how many are kept. One that is the same as before keeps its name with Telegram."""
    gone = [item for item, picture in pictures.items() if picture is None]
    await session.execute(delete(Photo).where(Photo.item_id.in_(gone)))
    some = {item: picture for item, picture in pictures.items() if picture is not None}
    query = select(Photo.item_id, Photo.sha256).where(Photo.item_id.in_(some))
    known = {item: sha for item, sha in await session.execute(query)}
    rows = [
        {"item_id": item, **picture._asdict(), "bot_id": None, "file_id": None}
        for item, picture in some.items()
        if known.get(item) != picture.sha256
    ]
    await upsert(session, Photo, rows)
    return len(some)


async def get(session: AsyncSession, item_id: str) -> Photo | None:
    """Without its bytes."""
    return await session.get(Photo, item_id)


async def data(session: AsyncSession, item_id: str) -> bytes | None:
    found: bytes | None = await session.scalar(select(Photo.data).where(Photo.item_id == item_id))
    return found


async def set_file_id(
    session: AsyncSession, item_id: str, sha: str, bot_id: int, file_id: str
) -> None:
    """Of the picture that was sent: another may have taken its place since."""
    await session.execute(
        update(Photo)
        .where(Photo.item_id == item_id, Photo.sha256 == sha)
        .values(bot_id=bot_id, file_id=file_id)
    )
