"""Puts what is encrypted under the newest key."""

from sqlalchemy import LargeBinary, func, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.encryption import ID_BYTES, keys_in
from storage.models import Lead

BATCH = 500


async def rotate(database: Database) -> int:
    """Re-encrypts in batches, each in its transaction, what isn't under the newest key yet; so
    one that was stopped is simply begun again. Returns how many rows that were.

    Raises EncryptionError for a row whose key isn't known; what was done before stays done.
    """
    number = 0
    while True:
        async with database.write() as session:
            done = await _batch(session)
        number += done
        if done < BATCH:
            return number


async def _batch(session: AsyncSession) -> int:
    newest = keys_in(session).newest
    sealed = [type_coerce(column, LargeBinary) for column in (Lead.name, Lead.phone)]
    old = or_(*(func.substr(column, 1, ID_BYTES, type_=LargeBinary) != newest for column in sealed))
    # Locked before it is read, so that nobody wipes a number meanwhile which this brings back.
    which = select(Lead.id).where(old).order_by(Lead.id).limit(BATCH).with_for_update()
    ids = (await session.scalars(which)).all()
    rows = await session.execute(select(Lead.id, Lead.name, Lead.phone).where(Lead.id.in_(ids)))
    lookup = keys_in(session).lookup
    values = [
        {"id": lead, "name": name, "phone": phone, "phone_lookup": lookup(phone)}
        for lead, name, phone in rows.all()
        if phone is not None
    ]
    if values:
        await session.execute(update(Lead), values)
    return len(values)
