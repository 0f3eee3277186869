"""/gaps and `chezhi kb gaps`: what was not answered well, without anyone's personal data."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from retrieval.batching import encode_queries
from retrieval.encoder import Encoder
from services.brain import Brain
from services.clock import utc_now
from services.content import gaps
from storage.database import Database
from storage.models import Question
from storage.repositories import rights, users
from tests.bot.acts import agreed, button_data, button_texts, tap, with_button
from tests.bot.conftest import ADMIN, EDITOR

SUNROOF = ("天窗漏水怎么处理", "天窗漏雨怎么修", "我叫王小明，电话13800138000，天窗漏水怎么修")


class Asked:
    """Puts questions of people 1, 2, … into the database."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self.database, self.encoder = database, encoder

    async def people(self, *choices: bool | None) -> None:
        async with self.database.write() as session:
            for number, choice in enumerate(choices, start=1):
                await users.meet(session, number, utc_now())
                await users.change(session, number, personalisation=choice)

    async def ask(self, user: int, texts: Sequence[str], days: float = 1, **fields: Any) -> None:
        vectors = encode_queries(self.encoder, list(texts))
        async with self.database.write() as session:
            for text, vector in zip(texts, vectors, strict=True):
                values = {"refused": True, "confidence": 0.1, "rating": None} | fields
                row = Question(
                    user_id=user,
                    text=text,
                    language="zh",
                    answer="",
                    mode="extractive",
                    citations=[],
                    embedding=vector.astype("<f2").tobytes(),
                    asked_at=utc_now() - timedelta(days=days),
                    **values,
                )
                session.add(row)

    async def found(self, days: int = gaps.DAYS) -> list[gaps.Gap]:
        return await gaps.find(self.database, utc_now(), days)


def answered(message: Json | None) -> bool:
    return any(data.startswith(("rate:", "human:")) for data in button_data(message))


@pytest.fixture
def asked(database: Database, encoder: Encoder) -> Asked:
    return Asked(database, encoder)


async def test_like_questions_are_one_gap_with_counts(asked: Asked) -> None:
    await asked.people(True, True, True)
    await asked.ask(1, SUNROOF[:1])
    await asked.ask(2, SUNROOF[1:2], refused=False, rating=-1, confidence=0.9)
    await asked.ask(3, SUNROOF[2:], refused=False, confidence=0.5)
    await asked.ask(3, ["轮胎要不要充氮气"] * 4, days=2)
    await asked.ask(3, ["刹车油几年换一次"], refused=False, confidence=0.95)
    await asked.ask(3, ["车厢里有股味道"], refused=False, rating=1, confidence=None)
    sunroof, nitrogen = await asked.found()
    assert (sunroof.count, sunroof.people) == (3, 3)
    assert (sunroof.refused, sunroof.rated_down, sunroof.weak) == (1, 1, 1)
    assert "王小明" not in str(sunroof.examples)
    assert "我叫[name]，电话[number]，天窗漏水怎么修" in sunroof.examples
    assert (nitrogen.count, nitrogen.people, nitrogen.examples) == (4, 1, ("轮胎要不要充氮气",))


async def test_only_what_may_be_kept_and_is_recent(asked: Asked) -> None:
    await asked.people(True, False, None, True)
    for user in (2, 3):
        await asked.ask(user, SUNROOF[:1])
    await asked.ask(1, ["轮胎要不要充氮气"], days=91)
    await asked.ask(4, ["大灯发黄怎么修复"], days=89)
    assert [gap.examples for gap in await asked.found()] == [("大灯发黄怎么修复",)]
    assert len(await asked.found(days=100)) == 2
    async with asked.database.write() as session:
        await users.choose_personalisation(session, 4, False, utc_now())
        assert await rights.erase(session, 1)
    assert await asked.found(days=100) == []


@pytest.mark.parametrize("other", [{"embedding": b"\0\1" * 100}, {"encoder": "another"}])
async def test_vectors_of_another_encoder_do_no_harm(asked: Asked, other: dict[str, Any]) -> None:
    await asked.people(True)
    await asked.ask(1, SUNROOF[:1])
    async with asked.database.write() as session:
        for name, value in other.items():
            setattr(await session.get_one(Question, 1), name, value)
    await asked.ask(1, SUNROOF[1:2])
    assert [gap.count for gap in await asked.found()] == [1]


async def test_editors_see_them_in_the_chat(client: PlaygroundClient, brain: Brain) -> None:
    guest = await agreed(client)
    for text in ("Who won the football cup? My name is Ann <Lee>.", "When to change brake fluid?"):
        mark = guest.now
        await guest.send(text)
        await guest.wait_for(lambda event: answered(event.data.get("message")), since=mark)
    rated = await with_button(guest, "rate:")
    await tap(guest, rated, button_data(rated)[-1])
    async with brain.database.write() as session:
        await users.change(session, EDITOR, language="en")

    async def told(person: Person) -> str:
        mark = person.now
        await person.send("/gaps")
        return str((await person.wait_text("", since=mark))["text"])

    assert "don't know this command" in await told(guest)
    shown = await told(await client.persona(EDITOR))
    assert "· Who won the football cup? My name is [name] <Lee>." in shown
    assert "Refused 0 (nearly answered 0), rated down 1, weak 0" in shown
    assert "· When to change brake fluid?" in shown
    assert "football" in await told(await client.persona(ADMIN))


async def test_all_gaps_are_paged_and_answered_at_once(
    client: PlaygroundClient, brain: Brain, encoder: Encoder
) -> None:
    asked = Asked(brain.database, encoder)
    await asked.people(True)
    others = [
        "轮胎要不要充氮气",
        "大灯发黄怎么修复",
        "车窗升降异响",
        "怎么拆中控台",
        "拖车绳怎么选",
    ]
    for text in (*others, "天窗漏水怎么处理"):
        await asked.ask(1, [text])
    editor, guest = await client.persona(EDITOR), await client.persona(language_code="zh")
    mark = editor.now
    await editor.send("/gaps")
    first = await editor.wait_text("第 1 / 2 页", since=mark)
    assert [text for text in button_texts(first) if "现在回答" in text] == [
        f"✍️ 现在回答 {n}" for n in range(1, 6)
    ]
    await editor.click_text(first, "下一页")
    second = await editor.wait_text("第 2 / 2 页", since=mark)
    shown = [first["text"], second["text"]]
    assert all(any(text in page for page in shown) for text in others)
    on = next(page for page in (second, first) if "天窗漏水怎么处理" in page["text"])
    number = next(
        line.split(".")[0] for line in on["text"].split("\n\n") if "天窗漏水怎么处理" in line
    )
    if on is first:
        mark = editor.now
        await editor.click_text(second, "上一页")
        on = await editor.wait_text("第 1 / 2 页", since=mark)
    await editor.click_text(on, f"现在回答 {number}")
    ask = await editor.wait_text("天窗漏水怎么处理\n\n请回复这条消息", since=mark)
    mark = editor.now
    words = "天窗漏水多半是排水管堵了，用软管疏通排水孔即可。"
    await editor.send(words, reply_to=ask["message_id"])
    await editor.wait_text("已上线：5 篇文档", 30.0, mark)
    mark = guest.now
    await guest.send("天窗漏水怎么处理？")
    assert words in (await guest.wait_text("[1]", 30.0, mark))["text"]
    assert all("天窗" not in str(gap.examples) for gap in await asked.found())
    mark = editor.now
    await editor.send(words, reply_to=ask["message_id"])
    await editor.wait_text("已经答过", since=mark)


async def test_the_command_prints_one_gap_a_line(brain: Brain, encoder: Encoder) -> None:
    asked = Asked(brain.database, encoder)
    await asked.people(True)
    await asked.ask(1, [*SUNROOF, "轮胎要不要充氮气"])
    folder = str(brain.settings.data_dir)

    def run(*options: str) -> str:
        result = CliRunner().invoke(app, ["kb", "gaps", "--data-dir", folder, *options])
        assert result.exit_code == 0, result.stderr
        return result.stdout

    lines = [json.loads(line) for line in (await asyncio.to_thread(run, "--json")).splitlines()]
    assert [line["count"] for line in lines] == [3, 1]
    assert set(lines[0]) == {
        *("count", "people", "refused", "rated_down", "weak", "nearly", "reader_score"),
        *("last_asked", "examples"),
    }
    assert "13800138000" not in str(lines)
    assert "轮胎要不要充氮气" in await asyncio.to_thread(run)


async def test_words_that_no_lesson_has_are_proposed_as_synonyms(
    client: PlaygroundClient, brain: Brain, encoder: Encoder
) -> None:
    asked = Asked(brain.database, encoder)
    await asked.people(True, True, True)
    await asked.ask(1, ["碟油多久换一次", "我叫王小明，碟油几年换"])
    await asked.ask(2, ["碟油需要换吗"])
    await asked.ask(3, ["冬天续航少多少"])
    editor = await client.persona(EDITOR, language_code="zh")
    mark = editor.now
    await editor.send("/gaps")
    shown = await editor.wait_text("synonyms.yaml", since=mark)
    told = shown["text"].partition("synonyms.yaml")[2]
    assert "· 碟油 →" in told
    assert "王小明" not in told  # one person's word may be a name
    assert "续航" not in told
