"""A broadcast through faults of every kind and three kills: nobody twice, nobody lost.

The same with 20,000 recipients: `python -m bench.broadcast --faults`.
"""

from contextlib import AsyncExitStack
from pathlib import Path

from bench.broadcast import KILLS, faulty
from tests.bot.forked import Forked, forked
from tests.bot.processes import environment

RECIPIENTS = 1_000


async def test_nobody_is_written_to_twice_and_nobody_lost(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:

        async def start(*arguments: str) -> Forked:
            sender = forked("tests.bot.hasty_sender", *arguments, env=environment())
            return await stack.enter_async_context(sender)

        found = (await faulty(tmp_path, RECIPIENTS, start))["faults"]
    assert found["kills"] == KILLS
    assert {"429", "403", "500", "502", "0"} <= set(found["answers"]), "not every fault struck"
    assert found["recipients"] == RECIPIENTS
    assert (found["duplicates"], found["lost"]) == (0, 0)
    assert found["over"] == 0
    # Cut off by a kill, or by a fault that says nothing of what became of the call.
    assert 0 < found["unknown"] < RECIPIENTS / 5
