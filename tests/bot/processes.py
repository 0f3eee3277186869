"""`chezhi` as a process of its own, to be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playground.client import PlaygroundClient
from playground.plain import Json
from tests.bot.forked import Forked, forked
from tests.bot.staff import ADMIN, SLOW, TOKEN


def environment(**settings: Any) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHEZHI_")}
    return kept | {f"CHEZHI_{name.upper()}": str(value) for name, value in settings.items()}


@asynccontextmanager
async def chezhi(*arguments: str, **settings: Any) -> AsyncIterator[Forked]:
    """`chezhi run …` with a token; killed at the end if it still runs."""
    env = environment(bot_token=TOKEN, owner_ids=ADMIN, **settings)
    async with forked("bot", *arguments, env=env) as process:
        yield process


@asynccontextmanager
async def cold_chezhi(
    *arguments: str, **settings: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    """As `chezhi`, in a new interpreter, as people start it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env=environment(bot_token=TOKEN, owner_ids=ADMIN, **settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            await kill(process)


async def kill(process: asyncio.subprocess.Process | Forked) -> None:
    process.send_signal(signal.SIGKILL)
    await process.communicate()


async def called(
    client: PlaygroundClient, since: int, fits: Callable[[Json], bool], within: float = 2 * SLOW
) -> Json:
    """The first Bot API call after number `since` that fits."""
    async with asyncio.timeout(within):
        while True:
            for call in await client.log(since):
                if fits(call):
                    return call
            await asyncio.sleep(0.02)


async def polling(client: PlaygroundClient, since: int) -> None:
    """Returns when a process that was just started polls: its imports alone take a while."""
    await called(client, since, lambda call: call["method"] == "getUpdates", within=120)


def to(method: str, chat_id: int) -> Callable[[Json], bool]:
    def fits(call: Json) -> bool:
        return call["method"] == method and str(call["params"].get("chat_id")) == str(chat_id)

    return fits


async def last(client: PlaygroundClient) -> int:
    calls = await client.log()
    return int(calls[-1]["n"]) if calls else 0


def data_folder(folder: Path, models_dir: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "models").symlink_to(models_dir)
    return folder
