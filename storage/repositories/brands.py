"""Rule books of brands and their versions; turns that admins were told of."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Brand, BrandBook, BrandTurn, Localised
from storage.repositories.upserts import insert_new


async def live(session: AsyncSession) -> Sequence[tuple[str, str]]:
    """Each brand with the digest of its book in force."""
    query = select(Brand.id, BrandBook.digest).join(
        BrandBook, (BrandBook.brand_id == Brand.id) & (BrandBook.version == Brand.version)
    )
    return [(brand, digest) for brand, digest in await session.execute(query.order_by(Brand.id))]


async def bodies(session: AsyncSession, brands: Collection[str]) -> Sequence[BrandBook]:
    """The books in force of these brands."""
    query = (
        select(BrandBook)
        .join(Brand, (BrandBook.brand_id == Brand.id) & (BrandBook.version == Brand.version))
        .where(Brand.id.in_(brands))
    )
    return (await session.scalars(query)).all()


async def listed(session: AsyncSession) -> Sequence[Brand]:
    return (await session.scalars(select(Brand).order_by(Brand.id))).all()


async def versions(session: AsyncSession, brand: str) -> Sequence[BrandBook]:
    """Newest first."""
    query = select(BrandBook).where(BrandBook.brand_id == brand)
    return (await session.scalars(query.order_by(BrandBook.version.desc()))).all()


async def save(
    session: AsyncSession,
    brand: str,
    title: Localised,
    body: str,
    digest: str,
    by: int | None,
    now: datetime,
    keep: int,
) -> tuple[int, bool]:
    """Puts a book in force, as a new version unless the newest is the same, and forgets all but
    the `keep` newest. Returns the version, and whether it is new."""
    first = {"id": brand, "title": title, "version": 0, "changed_at": now}
    await insert_new(session, Brand, [first])
    # Its row is held until the end, so that two imports follow one another.
    row = await session.get_one(Brand, brand, with_for_update=True, populate_existing=True)
    newest = (await versions(session, brand))[:1]
    is_new = not newest or newest[0].digest != digest
    version = newest[0].version + is_new if newest else 1
    if is_new:
        session.add(
            BrandBook(
                brand_id=brand,
                version=version,
                body=body,
                digest=digest,
                imported_by=by,
                imported_at=now,
            )
        )
    row.title, row.version, row.changed_at = title, version, now
    await session.flush()
    old = (BrandBook.brand_id == brand, BrandBook.version <= version - keep)
    await session.execute(delete(BrandBook).where(*old))
    return version, is_new


async def go_back(session: AsyncSession, brand: str, version: int, now: datetime) -> bool:
    """Puts a version that is kept in force. False where there is none such."""
    there = select(BrandBook.version).where(
        BrandBook.brand_id == brand, BrandBook.version == version
    )
    if await session.scalar(there) is None:
        return False
    await session.execute(
        update(Brand).where(Brand.id == brand).values(version=version, changed_at=now)
    )
    return True


async def note_turn(
    session: AsyncSession, brand: str, week: datetime, kind: str, now: datetime
) -> bool:
    """Whether a turn is new: of whatever asks at once, one alone tells it."""
    row = {"brand_id": brand, "week": week, "kind": kind, "told_at": now}
    return await insert_new(session, BrandTurn, [row]) == 1


async def forget_turn(session: AsyncSession, brand: str, week: datetime, kind: str) -> None:
    await session.execute(
        delete(BrandTurn).where(
            BrandTurn.brand_id == brand, BrandTurn.week == week, BrandTurn.kind == kind
        )
    )
