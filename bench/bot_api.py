"""The playground as the Bot API of a bench, in a process of its own: many people who have met the
bot, and how many calls came in each second by its own log.

    python -m bench.bot_api TOKEN PEOPLE      (started by bench.broadcast)
"""

import argparse
import asyncio
import gc
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playground.limits import Limits
from playground.plain import Json
from playground.server import Playground
from playground.state import Persona

FIRST_ID = 1_000


async def serve(token: str, people: int, limits: bool) -> None:
    playground = Playground(limits=Limits() if limits else None)
    # Its own keeps the last 20,000 calls.
    playground.log.calls = deque()
    add = playground.log.add

    def short(at: float, bot_id: int, method: str, params: dict[str, Any]) -> Json:
        return add(at, bot_id, method, {"chat_id": params.get("chat_id")})

    playground.log.add = short  # type: ignore[method-assign]
    playground.register(token, "Bench", "bench_bot")
    await playground.start()
    bot = playground.world.bots[int(token.partition(":")[0])]
    for number in range(FIRST_ID, FIRST_ID + people):
        persona = Persona(id=number, first_name="B", username=f"b{number}", language_code="zh")
        playground.world.personas[number] = persona
        playground.world.chat(bot, persona).started = True
    # Its collector would stop it for longer than a message takes.
    gc.freeze()
    gc.disable()
    print(playground.url, flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def bot_api(token: str, people: int, *, limits: bool) -> AsyncIterator[str]:
    """The address of a new one."""
    arguments = [token, str(people), *(["--limits"] if limits else [])]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bot_api", *arguments), stdout=asyncio.subprocess.PIPE
    )
    try:
        told = process.stdout
        yield (await told.readline()).decode().strip() if told is not None else ""
    finally:
        process.kill()
        await process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.bot_api", description=__doc__)
    parser.add_argument("token")
    parser.add_argument("people", type=int)
    parser.add_argument("--limits", action="store_true", help="hold Telegram's rates")
    given = parser.parse_args()
    asyncio.run(serve(given.token, given.people, given.limits))


if __name__ == "__main__":
    main()
