"""The bot is killed between the approval of a campaign and its sending: nothing is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.client import PlaygroundClient
from playground.server import Playground
from retrieval.intents import Intents
from sample.loading import catalogue
from services import audit
from services.clock import utc_now
from storage.database import Database
from storage.repositories import dealers, items, users
from tests.bot.campaign_world import press, say, written
from tests.bot.processes import chezhi, data_folder, kill, last, polling
from tests.bot.staff import ADMIN, SLOW, invites


@pytest.fixture
async def client() -> AsyncIterator[PlaygroundClient]:
    async with Playground(limits=None) as playground, PlaygroundClient(playground.url) as client:
        yield client


async def test_killed_between_approval_and_sending(
    client: PlaygroundClient, tmp_path: Path, models_dir: Path, intents: Intents
) -> None:
    folder = data_folder(tmp_path / "var", models_dir)
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    async with database.write() as session:
        rows = catalogue(utc_now())
        await dealers.save(session, rows.dealers, {})
        await items.save(session, rows.items)
    where = ("--api-base", client._url, "--data-dir", str(folder))
    since = await last(client)
    async with chezhi("run", *where, quiet_hours="") as process:
        await polling(client, since)
        admin = await client.persona(ADMIN, language_code="zh")
        guest = await client.persona(first_name="G", language_code="en")
        for person, part in ((admin, "同意"), (guest, "your choice")):
            await person.start()
            await person.wait_text(part, 3 * SLOW)
        async with database.write() as session:
            await users.change(session, guest.id, personalisation=True, city="西安")
        card = await written(admin, "西安")
        waits = await press(admin, card, "提交审批", "待审批）")
        done = await press(admin, waits, "✅ 批准", "你已批准")
        await press(admin, done, "打开活动", "已批准）")
        await kill(process)
    assert not invites(guest)

    since = await last(client)
    async with chezhi("run", *where, quiet_hours=""):
        await polling(client, since)
        home = await say(admin, "/campaign", "营销活动")
        listed = await press(admin, home, "已批准", "个")
        ready = await press(admin, listed, "1 ·", "已批准）")
        await press(admin, ready, "现在发送", "已完成")
        await guest.wait_text("You get this", 2 * SLOW)
    assert len(invites(guest)) == 1
    assert (await audit.verify(database)).why is None
    await database.close()


async def test_what_was_asked_outlives_a_kill(
    client: PlaygroundClient, tmp_path: Path, models_dir: Path, intents: Intents
) -> None:
    folder = data_folder(tmp_path / "var", models_dir)
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    async with database.write() as session:
        rows = catalogue(utc_now())
        await dealers.save(session, rows.dealers, {})
        await items.save(session, rows.items)
    await database.close()
    where = ("--api-base", client._url, "--data-dir", str(folder))
    since = await last(client)
    async with chezhi("run", *where) as process:
        await polling(client, since)
        admin = await client.persona(ADMIN, language_code="zh")
        await admin.start()
        await admin.wait_text("同意", 3 * SLOW)
        home = await say(admin, "/campaign", "营销活动")
        card = await press(admin, await press(admin, home, "新活动", "参加什么"), "冬季", "草稿）")
        await press(admin, card, "名称", "叫什么")
        await kill(process)
    since = await last(client)
    async with chezhi("run", *where):
        await polling(client, since)
        await say(admin, "冬季大客户", "营销活动 1 · 冬季大客户")
