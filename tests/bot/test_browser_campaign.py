"""A campaign in the chat page: written by one admin, approved by the other, sent and watched."""

import re

import pytest
from playwright.async_api import Page, expect

from storage.repositories import users
from tests.bot.conftest import ADMIN
from tests.bot.test_browser import Place, bubble, page, place, press, say
from tests.bot.test_browser_after import other

__all__ = ["page", "place"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def plan(admin: Page) -> None:
    """From the item to a draft with a wording and a holdout."""
    await say(admin, "/campaign")
    await press(admin, "策划 → 检查", "新活动")
    await press(admin, "邀请大家参加什么", "冬季")
    await press(admin, "草稿）", "人群")
    await press(admin, "发给谁", "所有同意接收的人")
    await press(admin, "草稿）", "文案")
    await press(admin, "个）", "文案 A")
    await say(admin, "冷天用车怎么省电？来直播间，讲师当场答。")
    await press(admin, "讲师当场答", "返回")
    await press(admin, "个）", "返回")
    await press(admin, "草稿）", "对照组")
    await press(admin, "多少比例", "10%")
    await expect(bubble(admin, "草稿）")).to_contain_text("对照组：10%")


async def test_a_campaign_is_written_approved_by_the_other_and_sent(place: Place) -> None:
    first, second = await other(place, ADMIN), await other(place, 102)
    async with place.brain.database.write() as session:
        await users.change(session, 102, role="admin", language="zh")
    await plan(first)
    await press(first, "草稿）", "检查")
    await expect(bubble(first, "没有发现问题")).to_be_visible()
    await press(first, "草稿）", "预览")
    await expect(bubble(first, "其中约")).to_contain_text("看不出效果")
    await press(first, "草稿）", "提交审批")
    await expect(bubble(first, "待审批）")).to_contain_text("等待审批")
    await expect(bubble(second, "请审批")).to_contain_text("对照组：10%")
    await press(second, "讲师当场答", "批准")
    await press(second, "你已批准", "打开活动")
    await press(second, "已批准）", "现在发送")
    await expect(bubble(second, "群发 1")).to_contain_text(re.compile("已完成|等待中"))
    await expect(bubble(first, "已批准")).to_be_visible()
