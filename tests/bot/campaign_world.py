"""What tests of /campaign share: a marketer, two admins, and steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.app import make_bot
from playground.client import Person
from playground.plain import Json
from storage.models import AuditEntry, Campaign
from storage.repositories import audit, drafts, users
from tests.bot.staff import SLOW, TOKEN, Staffed

ITEM = "冬季"


@dataclass
class Team:
    """`writer` may write campaigns, `first` and `second` may also approve and send them."""

    staff: Staffed
    writer: Person
    first: Person
    second: Person

    async def campaign(self) -> Campaign:
        """The newest."""
        async with self.staff.database.read() as session:
            statuses = ("draft", *drafts.BEFOREHAND, "sending", "paused", "done", "cancelled")
            return (await drafts.page(session, None, statuses, 1, 0))[0][0]

    async def acts(self, campaign_id: int) -> Sequence[AuditEntry]:
        """What the log has of a campaign, oldest first."""
        async with self.staff.database.read() as session:
            return (await audit.newest(session, 100, f"campaign:{campaign_id}"))[::-1]


async def team(staff: Staffed) -> Team:
    writer = await staff.client.persona(first_name="Wen", language_code="zh")
    second = await staff.client.persona(first_name="Bo", language_code="zh")
    for person, role in ((writer, "marketer"), (second, "admin")):
        await person.start()
        await person.wait_text("同意", SLOW)
        async with staff.database.write() as session:
            await users.change(session, person.id, role=role)
    return Team(staff, writer, staff.admin, second)


async def say(person: Person, text: str, shows: str) -> Json:
    """Types something; the message that comes."""
    mark = person.now
    await person.send(text)
    return await person.wait_text(shows, SLOW, mark)


async def press(person: Person, message: Json, label: str, shows: str) -> Json:
    """Presses a button; the message, new or edited, that comes."""
    mark = person.now
    await person.click_text(message, label)
    return await person.wait_text(shows, SLOW, mark)


async def toast(person: Person, message: Json | int, data: str) -> str:
    told = await person.toast(await person.click(message, data), SLOW)
    return str(told.get("text") or "")


async def written(writer: Person, city: str, text: str = "来开一圈！") -> Json:
    """A draft with an audience and a wording; its card."""
    home = await say(writer, "/campaign", "营销活动")
    choice = await press(writer, home, "新活动", "邀请大家参加什么")
    card = await press(writer, choice, ITEM, "草稿")
    card = await press(writer, await press(writer, card, "人群", "发给谁"), city, "草稿")
    words = await press(writer, card, "文案", "个）")
    await press(writer, words, "➕ 文案 A", "输入中文文案")
    shown = await say(writer, text, text)
    words = await press(writer, shown, "返回", "个）")
    return await press(writer, words, "返回", "草稿")


async def forged(desk: Team, person: Person, *data: str) -> Json:
    """A message of the bot's to somebody with these buttons, which it never sent them."""
    rows = [[InlineKeyboardButton(text=one, callback_data=one)] for one in data]
    mark = person.now
    async with make_bot(TOKEN, desk.staff.client._url) as bot:
        markup = InlineKeyboardMarkup(inline_keyboard=rows)
        await bot.send_message(person.id, "Some old message", reply_markup=markup)
    return await person.wait_text("Some old message", SLOW, mark)


def data_of(message: Json, part: str) -> str:
    """The callback data of the button whose label holds `part`."""
    rows: list[list[dict[str, Any]]] = message["reply_markup"]["inline_keyboard"]
    return next(str(b["callback_data"]) for row in rows for b in row if part in b["text"])
