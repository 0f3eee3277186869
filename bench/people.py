"""What a request costs with many people and signals; `python -m bench.serving --people` runs it.

Handlers and services are asked as the bot asks them, on a real SQLite file with as many users and
signals, a fifth as many questions as users, a tenth as many orders and a twentieth as many
bookings. Nothing is stood in for but Telegram (messages go nowhere) and the encoder. Each
request comes from another person, nearly all for the first time. What is counted is counted once
before (`first_s`): who asks later is told how old it is.
"""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, cast

import numpy as np
from aiogram.types import CallbackQuery, Message

from bench.serving import NOW, SEED, TOPICS, item, recommendations, vectors
from bot.callbacks import Draft, DraftItems
from bot.exchanges import Exchanges
from bot.forms import Forms
from bot.people import Person
from bot.routers import bookings, broadcast, profile, segments, staff
from campaigns.planning import Planning
from recsys import segment_files
from recsys.features import Features
from recsys.segments import fit
from services.answering.asking import turns_before
from services.recent import Recent
from services.recommending.profiles import Profiles
from services.tallies import Tallies
from storage.database import Database
from storage.models import User
from storage.repositories import items

ITEMS, ADMIN = 2_000, 1
REQUESTS, MOST_S = 1_000, 60.0
# Disk that a signal takes with its indexes and the room to make these; how long making may take.
BYTES_A_SIGNAL, MOST_FILL_S = 700, 1_800.0
CHUNK = 500_000

# :n counts from 1; h is n scrambled. One in ten signals is of one of the first 1 % of people.
SCRAMBLED = """WITH RECURSIVE counted(n) AS (
    SELECT :first UNION ALL SELECT n + 1 FROM counted WHERE n < :last
), many AS (SELECT n, (n * 2654435761 + (n >> 3) * 40503) & 4294967295 AS h FROM counted)"""
TIME = (
    "strftime('%Y-%m-%d %H:%M:%S', :now - (:count - n) * :year / :count, 'unixepoch') || '.000000'"
)
USERS = f"""{SCRAMBLED} INSERT INTO users
    (id, first_name, role, personalisation, invites, topics, city, car, created_at, seen_at)
    SELECT n, 'Bench', iif(n = 1, 'admin', 'user'), h % 4 > 0, 1,
        json_array(:topics ->> (h % 8), :topics ->> (h / 8 % 8)),
        '城市' || (h / 64 % 40), iif(h & 1024, 'owns', 'plans'), {TIME}, {TIME}
    FROM many"""
SIGNALS = f"""{SCRAMBLED} INSERT INTO signals
    (user_id, verb, object_type, object_id, source, occurred_at, idempotency_key)
    SELECT iif(n % 10 = 0, 1 + h % max(:users / 100, 1), 1 + h % :users),
        CASE WHEN h / 65536 % 16 < 9 THEN 'viewed' WHEN h / 65536 % 16 < 12 THEN 'liked'
            WHEN h / 65536 % 16 < 13 THEN 'booked' WHEN h / 65536 % 16 < 14 THEN 'purchased'
            WHEN h / 65536 % 16 < 15 THEN 'invited' ELSE 'dismissed' END,
        'item', 'item-' || (h / 7 % :items), iif(h & 64, 'bot', 'import'), {TIME},
        'b:' || printf('%011d', n)
    FROM many"""
ORDERS = f"""{SCRAMBLED} INSERT INTO orders
    (id, user_id, item_id, price_stars, status, created_at, paid_at)
    SELECT printf('%032d', n), 1 + n * 9 % :users, 'item-' || (h % :items), 20, 'paid', {TIME},
        {TIME}
    FROM many"""
BOOKINGS = f"""{SCRAMBLED} INSERT INTO bookings (user_id, item_id, status, created_at, changed_at)
    SELECT 1 + n * 19 % :users, 'item-' || (h % :items), iif(n % 5 = 0, 'cancelled', 'booked'),
        {TIME}, {TIME}
    FROM many"""
QUESTIONS = f"""{SCRAMBLED} INSERT INTO questions
    (user_id, text, language, answer, refused, mode, citations, embedding, encoder, asked_at)
    SELECT 1 + h % :users, '怎么选？', 'zh', '这样选。', h % 5 = 0, 'extractive', '[]', :vector,
        'made up', {TIME}
    FROM many"""


class Nowhere:
    """Whoever is answered here reads nothing."""

    message = None

    async def answer(self, *_: Any, **__: Any) -> "Nowhere":
        return self

    answer_photo = answer


def fill(path: Path, users: int, signals: int) -> None:
    """Raises SystemExit where there is too little disk, or it takes too long."""
    need = users * 500 + signals * BYTES_A_SIGNAL
    if shutil.disk_usage(path.parent).free < need:
        raise SystemExit(f"{need / 1e9:.0f} GB of disk are needed; use fewer --users, --signals.")
    connection = sqlite3.connect(path, isolation_level=None)
    deadline = perf_counter() + MOST_FILL_S
    connection.set_progress_handler(lambda: perf_counter() > deadline, 10_000_000)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name "
    indexes = connection.execute(made + "LIKE 'ix_signals%'").fetchall()
    vector = vectors(None, ["question"])[0].astype("<f2").tobytes()
    values = {
        "now": int(NOW.timestamp()),
        "year": 365 * 24 * 3600,
        "users": users,
        "items": ITEMS,
        "topics": str(list(TOPICS)).replace("'", '"'),
        "vector": vector,
    }
    try:
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for statement, count in (
            (USERS, users),
            (SIGNALS, signals),
            (ORDERS, users // 10),
            (BOOKINGS, users // 20),
            (QUESTIONS, users // 5),
        ):
            for first in range(1, count + 1, CHUNK):
                last = min(first + CHUNK - 1, count)
                connection.execute("BEGIN")
                given = values | {"first": first, "last": last, "count": count}
                connection.execute(statement, given)
                connection.execute("COMMIT")
        for name, statement in indexes:
            print(f"{name}…", file=sys.stderr)
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        message = f"Not filled in {MOST_FILL_S:.0f} s ({error}): use fewer --users, --signals."
        raise SystemExit(message) from None
    finally:
        connection.close()


async def times(request: Callable[[int], Awaitable[object]]) -> dict[str, float]:
    """Milliseconds of up to `REQUESTS`, one after the other, but for the first, told in seconds."""
    wall: list[float] = []
    cpu: list[float] = []
    end = perf_counter() + MOST_S
    for number in range(REQUESTS + 1):
        started, worked = perf_counter(), process_time()
        await request(number)
        wall.append((perf_counter() - started) * 1000)
        cpu.append((process_time() - worked) * 1000)
        if perf_counter() > end and number > 2:
            break
    found = {"first_s": round(wall[0] / 1000, 2)}
    for name, values in (("", wall[1:]), ("cpu_", cpu[1:])):
        for percent in (50, 99):
            found[f"{name}p{percent}"] = round(float(np.percentile(values, percent)), 2)
    return found


async def grouped(profiles: Profiles, database: Database, users: int) -> None:
    """Segments of some people, since making them of everyone is another matter."""
    async with database.read() as session:
        some = [await session.get_one(User, n) for n in range(2, min(users, 300))]
    found = [await profiles._features_of(row.id) for row in some if row.personalisation]
    names = found[0][0].names
    rows = [one for one, _ in found if one.users]
    every = Features(
        tuple(one.users[0] for one in rows), names, np.concatenate([one.matrix for one in rows])
    )
    segment_files.save(profiles.root, await asyncio.to_thread(fit, every))


def person(row: User, database: Database) -> Person:
    exchanges, forms = Exchanges(lambda: NOW), Forms(database)
    return Person(row, database, "1:1", NOW, Recent(), exchanges, forms)


async def measure(folder: Path, users: int, signals: int) -> dict[str, Any]:
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    chance = np.random.default_rng(SEED)
    async with database.write() as session:
        await items.save(session, [item(number, chance) for number in range(ITEMS)])
    await database.close()
    started = perf_counter()
    await asyncio.to_thread(fill, folder / "chezhi.db", users, signals)
    filled = perf_counter() - started
    service = recommendations(database, folder)
    tallies = Tallies(database, lambda: NOW)
    profiles = Profiles(database, service, folder / "profiles", lambda: NOW)
    await service.nearest_topics([])
    await grouped(profiles, database, users)
    numbers = 2 + chance.permutation(users - 1)[: REQUESTS + 1]
    async with database.read() as session:
        rows = [await session.get_one(User, int(n)) for n in numbers]
        admin = person(await session.get_one(User, ADMIN), database)
    people = [person(row, database) for row in rows]
    planning = Planning(database, cast(Any, None))
    nowhere = cast(Message, Nowhere())
    query = cast(CallbackQuery, nowhere)
    topics = [Draft(item="", kind="topic", value=topic) for topic in TOPICS]
    kinds = [Draft(item="", kind="all"), Draft(item="", kind="car", value="owns"), *topics]

    async def look_back(n: int) -> None:
        await turns_before(people[n], None)

    async def preview(n: int) -> None:
        draft = kinds[n % len(kinds)].model_copy(update={"item": f"item-{6 * (n % 300) + 1}"})
        await broadcast.preview(query, draft, admin, admin.texts, planning, tallies)

    async def choose(n: int) -> None:
        draft = Draft(item=f"item-{n}")
        await broadcast.choose_segment(query, draft, admin.texts, database, tallies)

    asked: dict[str, Callable[[int], Awaitable[object]]] = {
        "profile": lambda n: profile.profile(nowhere, people[n], people[n].texts, profiles),
        "my": lambda n: bookings.my(nowhere, people[n], people[n].texts),
        "stats": lambda _: staff.stats(nowhere, admin, admin.texts, tallies),
        "segments": lambda _: segments.segments(nowhere, admin, admin.texts, profiles),
        "broadcast_page": lambda n: broadcast.turn(query, DraftItems(page=n), admin, service),
        "broadcast_segments": choose,
        "broadcast_preview": preview,
        "look_back": look_back,
    }
    found = {}
    for name, request in asked.items():
        found[name] = await times(request)
        print(name, found[name], file=sys.stderr)
    await tallies.close()
    await database.close()
    size = (folder / "chezhi.db").stat().st_size / 1e6
    told = {"users": users, "signals": signals, "fill_s": round(filled), "file_mb": round(size)}
    return told | found


def bench(users: int, signals: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return {"people": asyncio.run(measure(Path(folder), users, signals))}
