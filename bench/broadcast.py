"""A campaign to many, sent to the playground as Bot API in a process of its own, by its own log.

    python -m bench.broadcast --json [--quick] [--faults] [--large]

`share_of_30` and `share_of_1000` (paid): messages a second from the first to the last, of what
Telegram allows; `over_limit_seconds`: how many messages began a second (any, not only a clock's)
that held more than that. `ratio`: messages/s at full speed beside a bare aiogram loop over the same
list, in turn. `duplicates` got the invite twice; `lost` have a status that the log contradicts, or
none that is final; `unknown` are in doubt, as what a crash cut off has to be. `peak_mb`: the most
memory of the sending process, models left out.

`--faults`: with 429, 500, 502, HTML pages, cut connections and blocks, and killed (-9) three times
on the way. `--large`: 1,000,000 recipients, of whom as many are sent to as `LARGE_S` seconds allow,
and the memory meanwhile.
"""

import argparse
import asyncio
import json
import math
import resource
import sqlite3
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import func, select

from bench.bookings import event
from bench.bot_api import FIRST_ID, bot_api
from bot.app import hold_what_stays, make_bot
from bot.messages import look
from bot.messenger import TelegramMessenger
from bot.outgoing import Outgoing
from campaigns.broadcast import Broadcaster
from campaigns.pace import pace_of_broadcasts
from campaigns.sending import Invite
from services.clock import utc_now
from storage import nursery
from storage.database import BESIDE, Database
from storage.models import Campaign, Item, Recipient
from storage.repositories import campaigns
from wording.texts import Texts

TOKEN = "4243:bench-token-0123456789-abcdefghijklmno"
FREE, PAID, AT_ONCE, LARGE, FAULTY = 30, 1_000, 50, 1_000_000, 20_000
UNPACED = 1_000_000.0
LARGE_S, KILLS, FAULTY_PACE = 90.0, 3, 200.0
USERS = """WITH RECURSIVE counted(n) AS (
    SELECT :first UNION ALL SELECT n + 1 FROM counted WHERE n < :last
) INSERT INTO users (id, first_name, role, personalisation, invites, topics, telegram_language,
    created_at, seen_at)
    SELECT n, 'Bench', 'user', 1, 1, '[]', iif(n % 2, 'zh', 'en'), :now, :now FROM counted"""
# Each befalls this share of the calls, or of few so many of them that it surely strikes.
SHARE, STRIKES = 0.002, 8
FAULTS = ("429", "500", "502", "gateway", "drop", "drop_after", "block")


def people(file: Path, count: int) -> None:
    with sqlite3.connect(file) as connection:
        now = utc_now().strftime("%Y-%m-%d %H:%M:%S.%f")
        values = {"first": FIRST_ID, "last": FIRST_ID + count - 1, "now": now}
        connection.execute(USERS, values)


async def launched(database: Database, name: str, *, paid: bool) -> int:
    """A campaign to everybody, being sent; its audience is looked through on the way."""
    await event(database, name, 10_000_000)
    async with database.write() as session:
        row = {"kind": "all", "value": ""}
        made, _ = await campaigns.draft(session, 1, name, row, utc_now(), large=True)
        made.paid, made.error_rate = paid, 1.0
        await campaigns.launch(session, made.id, utc_now())
    return made.id


@asynccontextmanager
async def sender(database: Database, url: str, pace: float) -> AsyncIterator[Broadcaster]:
    """What a bot sends campaigns with, and nothing else of it."""
    bot = make_bot(TOKEN, url)
    bot.session.middleware(Outgoing(pace))
    messenger = TelegramMessenger(bot, database)
    paces = (pace_of_broadcasts(pace) for _ in range(2))
    broadcaster = Broadcaster(database, messenger, next(paces), utc_now, paid=next(paces))
    hold_what_stays()
    try:
        yield broadcaster
    finally:
        await broadcaster.close()
        await bot.session.close()


async def sent(database: Database, url: str, campaign_id: int, pace: float) -> dict[str, float]:
    """Sends all of a campaign; how long it took."""
    async with sender(database, url, pace) as broadcaster:
        begun, worked = perf_counter(), process_time()
        await broadcaster.run(campaign_id)
        return {"seconds": perf_counter() - begun, "cpu_s": process_time() - worked}


async def bare(database: Database, url: str, user_ids: Sequence[int], item_id: str) -> float:
    """Seconds that a loop of aiogram's takes for the same messages to the same people."""
    bot, left = make_bot(TOKEN, url), iter(user_ids)
    async with database.read() as session:
        item = await session.get_one(Item, item_id)
    forms = [look(Invite(1, item), Texts(language)) for language in ("en", "zh")]

    async def on() -> None:
        for user_id in left:
            form = forms[user_id % 2]
            await bot.send_message(user_id, form.html[0], reply_markup=form.keyboard)

    begun = perf_counter()
    await asyncio.gather(*(on() for _ in range(AT_ONCE)))
    took = perf_counter() - begun
    await bot.session.close()
    return took


async def calls(url: str) -> list[dict[str, Any]]:
    async with ClientSession() as session, session.get(f"{url}/api/log") as answer:
        found: list[dict[str, Any]] = await answer.json()
    return [call for call in found if call["method"].startswith("send")]


def rate_of(log: Sequence[dict[str, Any]], limit: int) -> tuple[float, int]:
    """(messages a second, messages that began a second with more than the limit)."""
    times = sorted(call["at"] for call in log)
    over = sum(later - first < 1.0 for first, later in zip(times, times[limit:], strict=False))
    return (len(times) - 1) / (times[-1] - times[0]), over


async def check(
    database: Database, campaign_id: int, log: Sequence[dict[str, Any]]
) -> dict[str, int]:
    """What the log says of each recipient's status."""
    got = Counter(int(call["params"]["chat_id"]) for call in log if call["status"] == 200)
    async with database.read() as session:
        query = select(Recipient.user_id, Recipient.status)
        rows = (await session.execute(query.where(Recipient.campaign_id == campaign_id))).all()
    status = {user_id: state for user_id, state in rows}
    wrong = [
        user_id
        for user_id, state in status.items()
        if state in ("pending", "sending")
        or (state == "sent" and not got[user_id])
        or (state not in ("sent", "unknown") and got[user_id])
    ]
    return {
        "recipients": len(status),
        "sent": sum(state == "sent" for state in status.values()),
        "duplicates": sum(number > 1 for number in got.values()),
        "lost": len(wrong) + len(set(got) - set(status)),
        "unknown": sum(state == "unknown" for state in status.values()),
    }


async def paced(folder: Path, limit: int, count: int, *, paid: bool) -> dict[str, Any]:
    """One campaign at a limit of Telegram's, held by the playground."""
    async with bot_api(TOKEN, count, limits=True) as url, filled(folder, count) as database:
        campaign_id = await launched(database, "paced", paid=paid)
        took = await sent(database, url, campaign_id, limit)
        log = await calls(url)
        rate, over = rate_of(log, limit)
        found = await check(database, campaign_id, log)
    refused = sum(call["status"] == 429 for call in log)
    cpu = round(1000 * took["cpu_s"] / count, 3)
    return {**found, "share": round(rate / limit, 4), "over": over, "429": refused, "cpu_ms": cpu}


@asynccontextmanager
async def filled(folder: Path, count: int) -> AsyncIterator[Database]:
    file = folder / "bench.db"
    for end in BESIDE:
        file.with_name(file.name + end).unlink(missing_ok=True)
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.upgrade()
    await asyncio.to_thread(people, file, count)
    try:
        yield database
    finally:
        await database.close()


async def beside_bare(folder: Path, count: int) -> dict[str, float]:
    """Both at full speed over the same people, in turn; the medians' ratio is of one round."""
    async with bot_api(TOKEN, count, limits=False) as url, filled(folder, count) as database:
        ids = range(FIRST_ID, FIRST_ID + count)
        campaign_id = await launched(database, "full-speed", paid=True)
        await bare(database, url, ids[: count // 4], "full-speed")
        theirs = await bare(database, url, ids, "full-speed")
        ours = (await sent(database, url, campaign_id, UNPACED))["seconds"]
        theirs = (theirs + await bare(database, url, ids, "full-speed")) / 2
    return {
        "messages_per_s": round(count / ours, 1),
        "bare_per_s": round(count / theirs, 1),
        "ratio": round(theirs / ours, 3),
    }


async def large(folder: Path) -> dict[str, Any]:
    """A million recipients, and sending for a bounded time while they are looked through."""
    async with bot_api(TOKEN, LARGE, limits=False) as url, filled(folder, LARGE) as database:
        campaign_id = await launched(database, "large", paid=True)
        memory: list[float] = []
        async with sender(database, url, PAID) as broadcaster:
            running = asyncio.create_task(broadcaster.run(campaign_id))
            begun = perf_counter()
            while perf_counter() - begun < LARGE_S:
                await asyncio.sleep(LARGE_S / 15)
                memory.append(resident_mb())
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        async with database.read() as session:
            counts = await campaigns.counts(session, campaign_id)
    return {"large": dict(counts), "large_s": LARGE_S, "large_mb": memory}


async def started(*arguments: str) -> Process:
    """What sends, in a process of its own."""
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.broadcast", *arguments)


async def faulty(
    folder: Path, count: int, start: Callable[..., Awaitable[Any]] = started
) -> dict[str, Any]:
    """Faults of all kinds, and three kills; `start` starts what sends."""
    async with bot_api(TOKEN, count, limits=False) as url, filled(folder, count) as database:
        campaign_id = await launched(database, "faulty", paid=True)
        async with ClientSession() as session:
            for kind in FAULTS:
                share = max(SHARE, STRIKES / count) * (5 if kind == "block" else 1)
                fault = {"kind": kind, "method": "sendMessage", "probability": share}
                async with session.post(f"{url}/api/faults", json=fault) as answer:
                    answer.raise_for_status()
        kills = 0
        for part in [*(n / (KILLS + 1) for n in range(1, KILLS + 1)), math.inf]:
            to = ("--url", url, "--database", str(folder / "bench.db"))
            process = await start("--send", str(campaign_id), *to)
            waiting = nursery.start(process.wait())
            enough = nursery.start(until_settled(database, campaign_id, part * count))
            await asyncio.wait({waiting, enough}, return_when=asyncio.FIRST_COMPLETED)
            enough.cancel()
            if not waiting.done():
                process.kill()
                kills += 1
            await waiting
        log = await calls(url)
        found = await check(database, campaign_id, log)
    _, over = rate_of(log, round(FAULTY_PACE))
    told = Counter(str(call["status"]) for call in log)
    return {"faults": {**found, "kills": kills, "over": over, "answers": dict(told)}}


async def until_settled(database: Database, campaign_id: int, count: float) -> None:
    """Returns when so many recipients have a status that is final."""
    final = Recipient.status.not_in(("pending", "sending"))
    query = select(func.count()).select_from(Recipient).where(final)
    settled = 0
    while settled < count:
        await asyncio.sleep(0.2)
        async with database.read() as session:
            own = query.where(Recipient.campaign_id == campaign_id)
            settled = await session.scalar(own) or 0


async def send_on(url: str, file: Path, campaign_id: int) -> None:
    """As a bot does, until the campaign is done."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with sender(database, url, FAULTY_PACE) as broadcaster:
        watching = asyncio.create_task(broadcaster.watch())
        status = ""
        while status != "done":
            await asyncio.sleep(0.5)
            async with database.read() as session:
                status = (await session.get_one(Campaign, campaign_id)).status
        watching.cancel()
    await database.close()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


async def bench(options: argparse.Namespace) -> dict[str, Any]:
    seconds = 8 if options.quick else 30
    with TemporaryDirectory() as name:
        folder = Path(name)
        if options.faults:
            return await faulty(folder, 2_000 if options.quick else FAULTY)
        free = await paced(folder, FREE, FREE * seconds, paid=False)
        paid = await paced(folder, PAID, PAID * seconds, paid=True)
        compared = await beside_bare(folder, 3_000 if options.quick else 10_000)
        more = await large(folder) if options.large else {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    together = {
        name: free[name] + paid[name] for name in ("recipients", "duplicates", "lost", "unknown")
    }
    return {
        **together,
        "over_limit_seconds": free["over"] + paid["over"],
        "share_of_30": free["share"],
        "share_of_1000": paid["share"],
        "peak_mb": round(peak, 1),
        **compared,
        "free": free,
        "paid": paid,
        **more,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.broadcast", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--faults", action="store_true", help="faults and kills instead of speed")
    parser.add_argument("--large", action="store_true", help="with a million recipients, too")
    for name in ("--send", "--url", "--database"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send:
        asyncio.run(send_on(options.url, Path(options.database), int(options.send)))
    else:
        print(json.dumps(asyncio.run(bench(options))))


if __name__ == "__main__":
    main()
