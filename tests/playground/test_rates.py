"""Telegram's rates, held on a clock that the test moves."""

from collections.abc import AsyncIterator

import pytest
from aiogram.exceptions import TelegramRetryAfter
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from playground.client import PlaygroundClient
from playground.limits import Limits, RateLimiter
from playground.server import Playground
from tests.playground.conftest import TOKEN, Time, make_bot

Sends = list[tuple[float, int, int, bool]]
SENDS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.03, 0.5, 1.0, 3.0, 61.0]),
        st.sampled_from([1, 2, 3, 4, -5, -6]),
        st.integers(1, 10),
        st.booleans(),
    ),
    max_size=120,
)


def most(times: list[tuple[float, int]], window: float) -> int:
    """The most messages in any half-open window of this many seconds."""
    return max(
        (sum(n for at, n in times if start <= at < start + window) for start, _ in times), default=0
    )


@given(SENDS)
def test_no_window_ever_holds_more_than_its_share(sends: Sends) -> None:
    time = Time()
    limiter = RateLimiter(Limits(), time.clock().monotonic)
    passed: dict[object, list[tuple[float, int]]] = {}
    for pause, chat, n, paid in sends:
        time.passed += pause
        if limiter.acquire(chat, n, paid) == 0:
            for key in ("paid" if paid else "free", chat):
                passed.setdefault(key, []).append((time.passed, n))
    for key, times in passed.items():
        for window in (1.0, 10.0, 60.0):
            allowed = {
                "free": min(33 * window, 30 + 30 * window),
                "paid": min(1100 * window, 1000 + 1000 * window),
            }.get(str(key))
            if isinstance(key, int):
                allowed = 20 if key < 0 else 20 + window
            assert allowed is not None
            assert most(times, window) <= allowed + 1e-6


@given(SENDS, st.sampled_from([1, -5]), st.integers(1, 10), st.booleans())
def test_who_waits_as_told_is_let_through(sends: Sends, chat: int, n: int, paid: bool) -> None:
    time = Time()
    limiter = RateLimiter(Limits(), time.clock().monotonic)
    for pause, other, count, free in sends:
        time.passed += pause
        limiter.acquire(other, count, free)
    wait = limiter.acquire(chat, n, paid)
    time.passed += wait
    assert wait == 0 or limiter.acquire(chat, n, paid) == 0


def test_no_second_holds_many_more_than_thirty() -> None:
    time = Time()
    limiter = RateLimiter(Limits(), time.clock().monotonic)
    assert [limiter.acquire(chat) for chat in range(31)] == [0] * 30 + [1]
    time.passed = 0.5
    assert [limiter.acquire(chat) for chat in range(40, 44)] == [0] * 3 + [1]
    time.passed = 1.0
    assert limiter.acquire(50) == 0


def test_a_group_takes_twenty_in_any_minute() -> None:
    time = Time()
    limiter = RateLimiter(Limits(), time.clock().monotonic)
    assert [limiter.acquire(-5) for _ in range(21)] == [0] * 20 + [60]
    time.passed = 59.5
    assert limiter.acquire(-5) == 1
    assert limiter.acquire(-6) == 0
    time.passed = 60.0
    assert limiter.acquire(-5, 10) == 0


@given(st.floats(0.0, 0.02))
def test_thirty_a_second_pass_in_spite_of_jitter(jitter: float) -> None:
    time = Time()
    limiter = RateLimiter(Limits(), time.clock().monotonic)
    for number in range(300):
        time.passed = number / 30 + (jitter if number % 2 else 0.0)
        assert limiter.acquire(chat_id=number) == 0


@pytest.fixture
async def held(time: Time) -> AsyncIterator[Playground]:
    async with Playground(clock=time.clock()) as playground:
        yield playground


async def test_a_chat_takes_a_short_burst_then_one_a_second(held: Playground, time: Time) -> None:
    async with make_bot(held.url) as bot, PlaygroundClient(held.url) as client:
        await bot.get_me()
        await (await client.persona(102)).start()
        for number in range(20):
            sent = await bot.send_message(102, f"{number}")
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(102, "too much")
        assert refused.value.retry_after == 1
        await bot.edit_message_text(text="edits are free", chat_id=102, message_id=sent.message_id)
        async with ClientSession() as session:
            url = f"{held.url}/bot{TOKEN}/sendMessage"
            async with session.post(url, json={"chat_id": 102, "text": "x"}) as response:
                assert response.status == 429
                assert response.headers["Retry-After"] == "1"
                assert await response.json() == {
                    "ok": False,
                    "error_code": 429,
                    "description": "Too Many Requests: retry after 1",
                    "parameters": {"retry_after": 1},
                }
        time.passed += 1
        await bot.send_message(102, "now")
        with pytest.raises(TelegramRetryAfter):
            await bot.send_message(102, "too soon")


async def test_a_bot_sends_thirty_a_second_and_more_if_it_pays(
    held: Playground, time: Time
) -> None:
    async with make_bot(held.url) as bot, PlaygroundClient(held.url) as client:
        await bot.get_me()
        people = await _started(client, 31)
        for person in people[:30]:
            await bot.send_message(person, "Hi")
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(people[30], "Hi")
        assert refused.value.retry_after == 1
        await bot.send_message(people[30], "Hi", allow_paid_broadcast=True)
        time.passed += 1
        await bot.send_message(people[30], "Hi")


async def _started(client: PlaygroundClient, n: int) -> list[int]:
    ids = []
    for _ in range(n):
        persona = await client.call("POST", "/personas", {"first_name": "Guest"})
        await client.call("POST", f"/personas/{persona['id']}/start", {})
        ids.append(int(persona["id"]))
    return ids
