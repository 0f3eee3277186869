"""A module run as a process of its own, forked from one that has what it needs: libraries, models.

To load these takes seconds each time; what is killed and started again here is not how they load.
`python -m bot` itself is started in test_crashes.test_by_webhook.
"""

import asyncio
import faulthandler
import multiprocessing
import os
import runpy
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "bot.app",
        "bot.cli.demo",
        "playground.server",
        "bench.broadcast",
        "tests.bot.preloaded",
    ]
)


class Forked:
    """As asyncio's Process, as far as it is used."""

    def __init__(
        self,
        process: ForkServerProcess,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        self._process = process
        self.stdout = stdout
        self.stderr = stderr

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> None:
        await asyncio.to_thread(self._process.join)

    async def communicate(self) -> tuple[bytes, bytes]:
        out, told = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, told


@asynccontextmanager
async def forked(module: str, *arguments: str, env: Mapping[str, str]) -> AsyncIterator[Forked]:
    """`python -m module …`; killed at the end if it still runs."""
    (out, told_out), (err, told_err) = FORKS.Pipe(duplex=False), FORKS.Pipe(duplex=False)
    work = FORKS.Process(target=_run, args=(module, arguments, dict(env), told_out, told_err))
    await asyncio.to_thread(work.start)
    for end in (told_out, told_err):
        end.close()
    async with _reader(out) as stdout, _reader(err) as stderr:
        process = Forked(work, stdout, stderr)
        try:
            yield process
        finally:
            work.kill()
            await process.communicate()


def _run(
    module: str, arguments: tuple[str, ...], env: dict[str, str], out: Connection, err: Connection
) -> None:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    os.environ.clear()
    os.environ.update(env)
    faulthandler.enable()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


@asynccontextmanager
async def _reader(end: Connection) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(end.fileno()), "rb", 0)
    )
    end.close()
    try:
        yield reader
    finally:
        transport.close()
