"""Taking documents out of the knowledge base, and putting them back."""

from datetime import datetime

from storage.database import Database
from storage.repositories import documents


async def remove(database: Database, document_id: str, now: datetime) -> bool:
    """False where it was removed before. The next index lacks it."""
    async with database.write() as session:
        return await documents.remove(session, document_id, now)


async def restore(database: Database, document_id: str) -> bool:
    """False where it wasn't removed. The next index has it again."""
    async with database.write() as session:
        return await documents.restore(session, document_id)
