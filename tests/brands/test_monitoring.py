from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from retrieval.batching import BatchingEncoder, encode_queries
from retrieval.encoder import Encoder
from services.brands import monitoring, shelf
from services.brands.monitoring import WEEK, WEEKS, Monitor, Talk, week_of
from storage.database import Database
from storage.models import Question, User
from storage.repositories import questions, users
from tests.brands.books import SAMPLE
from tests.storage.rows import NOW, user

ILL, FINE, PLAIN = (
    "云岭 Y7 天天异响，修了三次都没好，太失望了。",
    "云岭 Y7 开着真舒服，全家都喜欢。",
    "云岭 Y7 的油箱多大？",
)
Ask = Callable[..., Coroutine[Any, Any, None]]


@pytest.fixture
async def monitor(database: Database, encoder: Encoder) -> AsyncIterator[Monitor]:
    batching = BatchingEncoder(encoder)
    await shelf.bring_in(database, "b.yaml", SAMPLE.read_bytes(), NOW)
    yield Monitor(database, batching, "bundled", lambda: NOW)
    await batching.close()


@pytest.fixture
def ask(database: Database, encoder: Encoder) -> Ask:
    """Has people ask something in a week, counted back from the last whole one."""

    async def asks(text: str, people: range, week: int = 0, **changes: Any) -> None:
        at = week_of(NOW) - (week + 1) * WEEK + timedelta(days=1)
        (vector,) = encode_queries(encoder, [text]).astype("<f2")
        async with database.write() as session:
            await users.save(session, [user(number) for number in people])
            for number in people:
                session.add(
                    _question(number, text, at, **{"embedding": vector.tobytes()} | changes)
                )

    return asks


def _question(by: int, text: str, at: datetime, **changes: Any) -> Question:
    fields = {
        "user_id": by,
        "text": text,
        "language": "zh",
        "answer": "",
        "refused": True,
        "mode": "extractive",
        "citations": [],
        "encoder": "bundled",
        "asked_at": at,
    }
    return Question(**(fields | changes))


async def talk_of(monitor: Monitor) -> Talk:
    (talk,) = await monitor.look()
    return talk


async def test_a_week_counts_who_spoke_of_the_brand_and_how(monitor: Monitor, ask: Ask) -> None:
    await ask(ILL, range(1, 4))
    await ask(FINE, range(3, 5))
    await ask(PLAIN, range(5, 6))
    await ask("胎压多少合适？", range(6, 9))
    await ask(FINE, range(1, 2), week=2)
    weeks = (await talk_of(monitor)).weeks
    last = weeks[-1]
    assert (last.asked, last.people, last.questions) == (8, 5, 6)
    assert (last.positive, last.neutral, last.negative, last.ill) == (2, 1, 3, 3)
    assert (weeks[-3].people, weeks[-2].people) == (1, 0)
    assert [week.begins for week in weeks] == [week_of(NOW) - n * WEEK for n in range(WEEKS, 0, -1)]


async def test_the_week_under_way_and_those_long_past_are_left_out(
    monitor: Monitor, ask: Ask
) -> None:
    await ask(FINE, range(1, 4), week=-1)
    await ask(FINE, range(1, 4), week=WEEKS)
    assert sum(week.questions for week in (await talk_of(monitor)).weeks) == 0


async def test_only_those_who_agree_today_are_heard(
    monitor: Monitor, ask: Ask, database: Database
) -> None:
    await ask(FINE, range(1, 4))
    async with database.write() as session:
        await session.execute(update(User).where(User.id == 1).values(personalisation=False))
    assert (await talk_of(monitor)).weeks[-1].people == 2


@pytest.mark.parametrize("changes", [{"encoder": "another"}, {"embedding": None}])
async def test_vectors_of_another_model_say_nothing(
    monitor: Monitor, ask: Ask, changes: dict[str, Any]
) -> None:
    await ask(FINE, range(1, 4), **changes)
    assert (await talk_of(monitor)).weeks[-1].people == 0


async def test_what_several_ask_alike_is_shown_without_personal_data(
    monitor: Monitor, ask: Ask
) -> None:
    await ask("云岭 Y7 异响，我的电话 13800138000，请回电。", range(1, 4))
    await ask("云岭 Y7 能坐几个人？", range(4, 6))
    # One person who asks often is one.
    for week in range(4):
        await ask("云岭 Y5 有几种颜色可选？", range(6, 7), week=week)
    (example,) = (await talk_of(monitor)).examples
    assert (example.people, "138" in example.text, "[number]" in example.text) == (3, False, True)


async def test_a_week_of_which_a_part_was_read_is_left_out(
    monitor: Monitor, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week in (3, 2, 1, 0):
        await ask(PLAIN, range(1, 5), week=week)
    monkeypatch.setattr(questions, "PART", 5)
    monkeypatch.setattr(monitoring, "MOST_READ", 10)
    weeks = (await talk_of(monitor)).weeks
    assert [week.people for week in weeks[-4:]] == [0, 0, 4, 4]
    monkeypatch.setattr(monitoring, "MOST_READ", 50)
    weeks = (await talk_of(monitor)).weeks
    assert [week.people for week in weeks[-4:]] == [4, 4, 4, 4]
