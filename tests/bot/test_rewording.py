import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from playground.client import Person, PlaygroundClient
from services.brain import Brain
from services.settings import Settings
from storage.models import Question
from tests.bot.conftest import settings_in
from tests.retrieval.openai_server import ModelServer, serving
from wording.texts import Texts

BORNE = "制动液每两年更换一次。"
INVENTED = "制动液每三年更换一次。"
ABSORBS = "制动液会吸收空气里的水分。"
CAUTION = re.sub(r"<.*?>", "", Texts("zh")("answer-dangerous"))


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    """Writes a borne sentence, waits, then an invented one, and a last one that is borne."""
    pieces = [BORNE + "[1]", INVENTED, "[1]", ABSORBS, "[1]"]
    async with serving(ModelServer(pieces, pause_at=0)) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, prepared: Path, server: ModelServer) -> Settings:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path).model_copy(update={"generator": f"openai:{server.url}#m"})


async def asked(client: PlaygroundClient) -> tuple[Person, dict[str, Any]]:
    person = await client.persona(first_name="小雨", language_code="zh")
    await person.send("制动液多久换一次？")
    return person, await person.wait_text("一般每两年更换一次")


async def shown(client: PlaygroundClient) -> list[str]:
    """Every text that the bot has sent, edited or drafted."""
    return [str(call["params"].get("text", "")) for call in await client.log()]


async def test_the_answer_is_replaced_once_by_what_its_sources_bear(
    client: PlaygroundClient, server: ModelServer, brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rewording.DRAFT_EVERY_S", 0.0)
    person, first = await asked(client)
    await asyncio.wait_for(server.paused.wait(), 10)
    assert await client.log(method="editMessageText") == []
    server.go.set()
    event = await person.wait_for(lambda event: event.name == "edit")
    edited = event.data["message"]
    assert edited["message_id"] == first["message_id"]
    wording = f"{BORNE}[1] {ABSORBS}[1]"
    # What warns of dangerous work stays under any wording.
    assert edited["text"] == f"{wording}\n\n{CAUTION}"
    assert first["text"].endswith(CAUTION)
    assert edited["reply_markup"] == first["reply_markup"]
    drafts = [call["params"]["text"] for call in await client.log(method="sendMessageDraft")]
    assert drafts == [f"{BORNE}[1]", wording]
    assert len(await client.log(method="editMessageText")) == 1
    assert not [text for text in await shown(client) if "三年" in text]
    # The buttons under the wording still open the sources.
    await person.click_text(edited, "[1]")
    await person.wait_text("制动液会吸收", since=person.now - 1)
    for _ in range(200):
        kept = await _question(brain)
        if kept.mode == "generative":
            break
        await asyncio.sleep(0.05)
    assert (kept.mode, kept.answer) == ("generative", wording)


async def test_a_newer_question_ends_the_wording_of_the_last(
    client: PlaygroundClient, server: ModelServer
) -> None:
    person, _ = await asked(client)
    await asyncio.wait_for(server.paused.wait(), 10)
    mark = person.now
    await person.send("冬季续航怎么少掉一些？")
    # The model's work for the first question is over, and the second is answered all the same.
    await asyncio.wait_for(server.hung_up.wait(), 10)
    await person.wait_text("零下十度", since=mark)
    assert await client.log(method="editMessageText") == []


async def test_without_the_server_the_first_answer_stands(
    client: PlaygroundClient, server: ModelServer, brain: Brain
) -> None:
    server.status = 500
    person, first = await asked(client)
    mark = person.now
    await person.click_text(first, "[1]")
    await person.wait_text("制动液会吸收", since=mark)
    assert server.asked
    assert await client.log(method="editMessageText") == []
    assert (await _question(brain)).mode == "extractive"


async def _question(brain: Brain) -> Any:
    async with brain.database.read() as session:
        return await session.scalar(select(Question))


async def test_who_has_seen_enough_stops_the_model(
    client: PlaygroundClient, server: ModelServer, brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rewording.DRAFT_EVERY_S", 0.0)
    server.pause_at = 2
    person, _ = await asked(client)
    draft = await person.wait_event("draft")
    await asyncio.wait_for(server.paused.wait(), 10)
    assert draft["can_stop"]
    begun = asyncio.get_running_loop().time()
    await person.stop(draft["draft_id"])
    # The model waits to be let on and never is: the wording ends at the stop.
    await asyncio.wait_for(server.hung_up.wait(), 5)
    assert asyncio.get_running_loop().time() - begun < 2
    text = [m for m in await shown(client) if BORNE in m][-1]
    assert INVENTED not in text
    async with brain.database.read() as session:
        (question,) = (await session.scalars(select(Question))).all()
    assert question.answer
