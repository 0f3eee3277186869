"""How soon a generated wording is at rest once somebody has stopped it.

    python -m bench.stopping [--generator bundled] [--quick] [--json]

A wording is stopped as the chat stops it, after a random time that a seed gives: `stop_*` are
milliseconds until it ends, `rest_*` until the model is ready for the next. The limit is what users
were promised, `ratio` the slowest of the stops to it.
"""

import argparse
import asyncio
import json
import random
from contextlib import aclosing
from pathlib import Path
from time import perf_counter

import numpy as np

from retrieval.generator import Generator
from retrieval.load_generator import load_generator
from services.answering.rewording import until

SEED, STOPS, QUICK, MAX_TOKENS, LIMIT_MS = 7, 40, 10, 200, 200
PROMPT = (
    "资料：制动液会吸收空气里的水分，一般每两年更换一次。\n问题：制动液多久换一次？\n根据资料回答："
)


async def stop(generator: Generator, after: float) -> tuple[float, float]:
    """Milliseconds from the stop to the end of the wording, and to that of the model's work."""
    stopped = asyncio.Event()
    at = 0.0

    def press() -> None:
        nonlocal at
        at = perf_counter()
        stopped.set()

    async with aclosing(generator.stream(PROMPT, MAX_TOKENS)) as pieces:
        asyncio.get_running_loop().call_later(after, press)
        async for _ in until(pieces, stopped):
            pass
    ended = perf_counter()
    if not at:
        raise SystemExit("the wording ended before it was stopped: raise MAX_TOKENS")
    await asyncio.to_thread(generator._executor.submit(int).result)  # type: ignore[attr-defined]
    return (ended - at) * 1000, (perf_counter() - at) * 1000


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stopping")
    parser.add_argument("--generator", default="bundled")
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    options = parser.parse_args()
    generator = load_generator(options.generator, options.models)
    if generator is None:
        parser.error("--generator names no generator")
    chance = random.Random(SEED)
    stops = QUICK if options.quick else STOPS
    times = [await stop(generator, chance.uniform(0.05, 1.5)) for _ in range(stops)]
    await generator.close()
    ends, rests = np.array(times).T
    figures = {
        f"{name}_{part}": round(float(np.percentile(values, percent)), 1)
        for name, values in (("stop", ends), ("rest", rests))
        for part, percent in (("p50", 50), ("p99", 99), ("max", 100))
    }
    ratio = round(float(ends.max()) / LIMIT_MS, 3)
    print(json.dumps({"stops": stops, **figures, "limit_ms": LIMIT_MS, "ratio": ratio}))


if __name__ == "__main__":
    asyncio.run(main())
