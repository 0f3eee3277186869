"""How fast the bot answers, beside an aiogram echo bot on the same playground in the same run.

    python -m bench.answers --json [--quick] [--data-dir var/bench] [--before COMMIT]

Each bot is a process of its own; this one holds the playground and the people who ask. Alone: one
person asks, the next question follows the last answer. Crowd: many ask at once, and what counts is
the updates a second; once all the same twelve questions (`updates_per_s`), and once each in words
of its own, to which no answer is known from before (`distinct_updates_per_s`). Times run from the
moment a person sends to the moment their page has the text; `final` is the text with its sources.
The loop's lag is read inside the bot's process. `before` is the bot of an earlier commit (from a
git worktree, with the packages that are installed now), asked the same in the same run; --before ''
leaves it out. Last, over Telegram's rates, `burst` people press Start and ask in the same second:
`starts_lost` and `questions_lost` are those whose greeting or answer never came, `out_of_order`
those who saw them the other way round, `burst_s` the seconds until everybody had both.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from aiogram import Dispatcher
from aiogram.types import Message

from bot.app import make_bot, poll
from bot.cli.context import open_database
from bot.cli.demo import prepare
from playground.client import Person, PlaygroundClient, Seen
from playground.server import Playground
from services.brain import open_brain
from services.settings import Settings

TOKENS = {
    "chezhi": "1:chezhi-bench-token-0123456789-abcdefghij",
    "echo": "2:echo-bench-token-0123456789-abcdefghijkl",
}
QUESTIONS = (
    "冬天电动车续航会掉多少？",
    "制动液多久换一次？",
    "怎么看一台车是不是水泡车？",
    "第三者责任险买多少合适？",
    "快充为什么到八成以后变慢？",
    "轮胎花纹剩多深要换？",
    "双离合低速顿挫正常吗？",
    "How much range does an EV lose in winter?",
    "When should brake fluid be changed?",
    "What does a flashing engine light mean?",
    "火星上能开车吗？",
    "Who won the football match yesterday?",
)
# The last build that encoded a question anew each time, and read the catalogue for each answer.
BEFORE = "5ba7fcf"
# Each question is asked once before anything is timed: what is kept between questions is then kept.
WARM_UP = len(QUESTIONS)
PROBE = 0.005  # seconds between two looks at the loop
BURST, BURST_WITHIN = 200, 240.0  # people at once; seconds until what has not come is lost


async def serve(kind: str, url: str, data_dir: Path, paced: bool) -> None:
    """One bot until SIGTERM; then the loop's lag in ms on stdout."""
    lags: list[float] = []
    probing = asyncio.create_task(_probe(lags))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    running = asyncio.create_task(_echo(url) if kind == "echo" else _chezhi(url, data_dir, paced))
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    for task in (running, probing):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    print(json.dumps({"lag_p99": _percentile(lags, 99), "lag_max": _percentile(lags, 100)}))


async def _chezhi(url: str, data_dir: Path, paced: bool) -> None:
    # What is measured is the bot, not the pace that Telegram wants, but in the burst.
    given = Settings(_env_file=None, data_dir=data_dir)
    if not paced:
        given = given.model_copy(update={"messages_per_second": 1000.0})
    async with open_database(given) as database, open_brain(given, database) as brain:
        await prepare(brain)
        await poll(brain, make_bot(TOKENS["chezhi"], url))


async def _echo(url: str) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(message.text or "")

    async with make_bot(TOKENS["echo"], url) as bot:
        await dispatcher.start_polling(bot, handle_signals=False)


async def _probe(lags: list[float]) -> None:
    while True:
        started = perf_counter()
        await asyncio.sleep(PROBE)
        lags.append((perf_counter() - started - PROBE) * 1000)


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """The tree of a commit, while the block runs."""
    top = Path(__file__).parents[1]
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        git = ("git", "-C", str(top), "worktree")
        subprocess.run([*git, "add", "--detach", str(tree), commit], check=True, stdout=sys.stderr)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


@asynccontextmanager
async def bot_process(
    kind: str, url: str, data_dir: Path, tree: Path | None = None, paced: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """A bot, maybe of another tree, while the block runs; what it said of its loop comes last."""
    command = [
        "-m",
        "bench.answers",
        "--serve",
        kind,
        "--url",
        url,
        "--data-dir",
        str(data_dir),
        *(["--paced"] if paced else []),
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, cwd=tree
    )
    told: dict[str, Any] = {}
    try:
        yield told
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        out, _ = await process.communicate()
    told.update(json.loads(out.decode().splitlines()[-1]))


async def ask(person: Person, text: str, echoes: bool) -> tuple[float, float]:
    """Milliseconds until the first text of the bot, and until the text with its buttons."""
    since, started = person.now, perf_counter()
    await person.send(text)

    await person.wait_for(_said, 60, since)
    first = (perf_counter() - started) * 1000
    if echoes:
        return first, first

    def final(event: Seen) -> bool:
        return _said(event) and "reply_markup" in event.data["message"]

    await person.wait_for(final, 60, since)
    return first, (perf_counter() - started) * 1000


async def measure(
    kind: str, url: str, data_dir: Path, quick: bool, tree: Path | None = None
) -> dict[str, Any]:
    alone, people, each = (24, 8, 6) if quick else (120, 32, 12)
    bot_id = int(TOKENS[kind].partition(":")[0])
    async with (
        bot_process(kind, url, data_dir, tree) as told,
        PlaygroundClient(url, bot_id) as client,
    ):
        await client.wait_for_bot(within=600)
        crowd = [await _person(client, kind) for _ in range(people)]
        echoes = kind == "echo"
        await _ask_on(crowd[0], 0, WARM_UP, echoes)
        times = await _ask_on(crowd[0], 0, alone, echoes)
        rates = []
        for own in (False, True):
            started = perf_counter()
            asking = (_ask_on(one, n, each, echoes, own) for n, one in enumerate(crowd))
            await asyncio.gather(*asking)
            rates.append(round(people * each / (perf_counter() - started), 1))
    first, final = np.array(times).T
    return {
        **{f"first_text_p{p}": _percentile(first, p) for p in (50, 95, 99)},
        **{f"final_p{p}": _percentile(final, p) for p in (50, 95, 99)},
        "updates_per_s": rates[0],
        "distinct_updates_per_s": rates[1],
        **told,
    }


async def burst(data_dir: Path, people: int) -> dict[str, Any]:
    """`people` newcomers press Start and ask in the same second, over Telegram's rates."""
    bot_id = int(TOKENS["chezhi"].partition(":")[0])
    async with (
        Playground() as playground,
        bot_process("chezhi", playground.url, data_dir, paced=True),
        PlaygroundClient(playground.url, bot_id) as client,
    ):
        await client.wait_for_bot(within=600)
        crowd = [
            await client.persona(first_name="Burst", language_code="zh") for _ in range(people)
        ]
        started = perf_counter()
        met = await asyncio.gather(
            *(_meet(one, QUESTIONS[n % len(QUESTIONS)]) for n, one in enumerate(crowd))
        )
        seconds = perf_counter() - started
    return {
        "burst": people,
        "starts_lost": sum(start is None for start, _ in met),
        "questions_lost": sum(answer is None for _, answer in met),
        "out_of_order": sum(bool(start and answer and answer < start) for start, answer in met),
        "burst_s": round(seconds, 1),
    }


async def _meet(person: Person, question: str) -> tuple[int | None, int | None]:
    """The numbers of the greeting's and of the answer's event; None for what never came."""
    since = person.now
    await person.start()
    await person.send(question)

    def answers(event: Seen) -> bool:
        return _said(event) and not _greets(event) and "reply_markup" in event.data["message"]

    found: list[int | None] = []
    for wanted in (_greets, answers):
        try:
            found.append((await person.wait_for(wanted, BURST_WITHIN, since)).id)
        except TimeoutError:
            found.append(None)
    return found[0], found[1]


def _said(event: Seen) -> bool:
    return event.name == "message" and bool(event.data["message"]["from"]["is_bot"])


async def _person(client: PlaygroundClient, kind: str) -> Person:
    """Somebody who has met the bot, so that a question brings an answer and nothing else."""
    person = await client.persona(first_name="Bench", language_code="zh")
    await person.start()
    if kind == "chezhi":
        greeted = await person.wait_for(_greets, 60)
        if "欢迎回来" not in greeted.data["message"]["text"]:  # an earlier run met them
            await person.click_text(greeted.data["message"], "同意")
    return person


def _greets(event: Seen) -> bool:
    text = event.data["message"].get("text", "") if event.name == "message" else ""
    return "你的数据" in text or "欢迎回来" in text


async def _ask_on(
    person: Person, offset: int, times: int, echoes: bool, own: bool = False
) -> list[tuple[float, float]]:
    """`own`: each question in words that nobody else uses."""
    asked = [QUESTIONS[(offset + number) % len(QUESTIONS)] for number in range(times)]
    if own:
        asked = [f"{text} ({offset * times + n})" for n, text in enumerate(asked)]
    return [await ask(person, text, echoes) for text in asked]


def _percentile(values: Any, percent: int) -> float:
    return round(float(np.percentile(values, percent)), 1) if len(values) else 0.0


async def bench(data_dir: Path, quick: bool, before: str) -> dict[str, Any]:
    found = {}
    if before:
        with worktree(before) as tree:
            # A database goes forward only, so each build has a folder of its own.
            folder = data_dir.with_name(f"{data_dir.name}-{before}")
            async with Playground(limits=None) as playground:
                print(f"asking {before}…", file=sys.stderr)
                found["before"] = await measure("chezhi", playground.url, folder, quick, tree)
    async with Playground(limits=None) as playground:
        for kind in ("echo", "chezhi"):
            print(f"asking {kind}…", file=sys.stderr)
            found[kind] = await measure(kind, playground.url, data_dir, quick)
    ours, echo = found["chezhi"], found["echo"]
    compared: dict[str, Any] = {}
    if before:
        then = found["before"]
        compared = {
            "before": then,
            "before_updates_per_s": then["updates_per_s"],
            "ratio_to_before": round(ours["updates_per_s"] / then["updates_per_s"], 3),
        }
    return {
        **compared,
        **ours,
        "loop_lag_p99": ours["lag_p99"],
        "echo_updates_per_s": echo["updates_per_s"],
        "echo": echo,
        "ratio": {
            "final_p95": round(ours["final_p95"] / echo["final_p95"], 2),
            "updates_per_s": round(ours["updates_per_s"] / echo["updates_per_s"], 3),
        },
        **await burst(data_dir, 40 if quick else BURST),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.answers")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute once indexed")
    parser.add_argument("--data-dir", type=Path, default=Path("var/bench"))
    parser.add_argument("--before", default=BEFORE, help="a commit to compare with; '' for none")
    parser.add_argument("--serve", choices=list(TOKENS), help=argparse.SUPPRESS)
    parser.add_argument("--paced", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        asyncio.run(serve(args.serve, args.url, args.data_dir, args.paced))
    else:
        print(
            json.dumps(
                asyncio.run(bench(args.data_dir.resolve(), args.quick, args.before)),
                ensure_ascii=False,
            )
        )


if __name__ == "__main__":
    main()
