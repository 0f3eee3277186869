"""/brand, and what admins are told of a sudden turn when the bot starts."""

from datetime import timedelta

import pytest

from playground.client import PlaygroundClient
from retrieval.batching import encode_queries
from retrieval.encoder import Encoder
from services.brain import Brain
from services.brands import shelf
from services.brands.monitoring import WEEK, week_of
from services.clock import utc_now
from storage.models import Question
from storage.repositories import users
from tests.bot.command_line import SAMPLE, Run, one
from tests.bot.conftest import ADMIN
from tests.storage.rows import user

ILL, PLAIN = "云岭 Y7 天天异响，修了三次都没好，太失望了。", "云岭 Y7 的油箱多大？"
OTHER = "胎压多少合适？"


@pytest.fixture
async def talked(brain: Brain, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four weeks in which ten people ask plainly, and one in which thirty complain."""
    monkeypatch.setattr("bot.app.SETTLE_EVERY_S", 0.5)
    book = SAMPLE / "brands" / "yunridge.yaml"
    await shelf.bring_in(brain.database, book.name, book.read_bytes(), utc_now())
    vectors = dict(
        zip((ILL, PLAIN, OTHER), encode_queries(encoder, [ILL, PLAIN, OTHER]), strict=True)
    )
    asked = [(week, PLAIN, by) for week in range(1, 5) for by in range(1, 11)]
    asked += [(week, OTHER, by) for week in range(1, 5) for by in range(20, 60)]
    asked += [(0, ILL, by) for by in range(1, 31)] + [(0, OTHER, by) for by in range(30, 60)]
    last = week_of(utc_now()) - WEEK
    async with brain.database.write() as session:
        await users.save(session, [user(number) for number in range(1, 60)])
        await users.change(session, ADMIN, language="zh")
        for week, text, by in asked:
            session.add(
                Question(
                    user_id=by,
                    text=text,
                    language="zh",
                    answer="",
                    refused=True,
                    mode="extractive",
                    citations=[],
                    embedding=vectors[text].astype("<f2").tobytes(),
                    asked_at=last - week * WEEK + timedelta(days=1),
                )
            )


@pytest.mark.usefixtures("talked")
async def test_admins_are_told_once_and_may_look(client: PlaygroundClient) -> None:
    # Nobody can be told before they have written to the bot.
    admin = await client.persona(ADMIN)
    await admin.send("/start")
    await admin.wait_text("谈论的人突然变多：30 人")
    await admin.wait_text("不满突然变多：30 人里有 30 人")
    mark = admin.now
    await admin.send("/brand")
    text = (await admin.wait_text("大家怎么谈论各品牌", since=mark))["text"]
    assert "上周 30 人谈到（共 59 人提问）" in text
    assert "太失望了" in text
    photo = await admin.wait_for(lambda e: "photo" in (e.data.get("message") or {}))
    assert photo
    told = [c for c in await client.log(method="sendMessage") if "📈" in str(c["params"])]
    assert len(told) == 2


@pytest.mark.usefixtures("talked")
async def test_who_is_neither_admin_nor_marketer_sees_nothing(client: PlaygroundClient) -> None:
    person = await client.persona(first_name="小雨", language_code="zh")
    await person.send("/brand")
    message = await person.wait_for(
        lambda event: event.name == "message" and event.data["message"]["from"]["is_bot"]
    )
    assert "谈论" not in str(message.data)


def test_the_command_line_tells_the_same(run: Run) -> None:
    one(run("brand", "import", str(SAMPLE / "brands" / "yunridge.yaml"), "--json"))
    told = one(run("brand", "monitor", "--json"))
    assert (told["brand"], len(told["weeks"]), told["turns"]) == ("yunridge", 12, [])
