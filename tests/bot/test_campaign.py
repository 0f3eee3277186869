"""/campaign by HTTP: from the item to the invite, with a second person in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sentence_transformers import SentenceTransformer

from retrieval.bundled_reader import BundledReader
from tests.bot.campaign_world import Team, press, team, written
from tests.bot.staff import SLOW, invites, staffed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(
    prepared: Path,
    encoder: SentenceTransformer,
    reader: BundledReader,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Team]:
    folder = tmp_path_factory.mktemp("campaign")
    async with staffed(folder, prepared, encoder, reader, messages_per_second=50) as staff:
        yield await team(staff)


async def test_the_whole_way(desk: Team) -> None:
    people = await desk.staff.audience("西安", 3)
    card = await written(desk.writer, "西安")
    assert "西安" in card["text"]
    assert "A (ZH)" in card["text"]
    campaign = await desk.campaign()
    marks = {person.id: person.now for person in (desk.first, desk.second)}
    submitted = await press(desk.writer, card, "提交审批", "待审批")
    assert "批准" not in str(submitted["reply_markup"]), "the writer can't approve"
    asked = await desk.second.wait_text("请审批", SLOW, marks[desk.second.id])
    assert "Wen" in asked["text"]
    await desk.first.wait_text("来开一圈", SLOW, marks[desk.first.id])
    asked = await desk.second.wait_text("来开一圈", SLOW, marks[desk.second.id])
    mark = desk.writer.now
    done = await press(desk.second, asked, "✅ 批准", "你已批准")
    await desk.writer.wait_text("已批准", SLOW, mark)
    assert not any(invites(person) for person in people)
    ready = await press(desk.second, done, "打开活动", "已批准")
    await press(desk.second, ready, "现在发送", "已完成")
    for person in people:
        await person.wait_text("You get this", SLOW)
    acts = await desk.acts(campaign.id)
    assert [entry.act for entry in acts] == [
        *("created", "edited", "edited", "submitted", "approved", "launched"),
    ]
    assert [entry.actor_id for entry in acts[-2:]] == [desk.second.id] * 2
    assert acts[-2].detail["alone"] is False
