"""Takes docs/campaign*.png: an admin's campaign in the demo, in headless Chromium.

.venv/bin/chezhi demo --port 8090 &
.venv/bin/python -m docs.campaign_pictures http://127.0.0.1:8090
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from docs.screenshot import bubble
from tests.conftest import CHROMIUM_ARGS

FOLDER = Path(__file__).parent
SIZE = {"width": 900, "height": 860}


def press(page: Page, text: str, label: str) -> None:
    button = bubble(page, text).get_by_test_id("inline-button").filter(has_text=label)
    button.first.click(timeout=60_000)


def say(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def plan(page: Page) -> None:
    """From the item to the submitted campaign."""
    say(page, "/campaign")
    press(page, "策划 → 检查", "新活动")
    press(page, "邀请大家参加什么", "冬季")
    press(page, "草稿）", "人群")
    press(page, "发给谁", "所有同意接收的人")
    press(page, "草稿）", "文案")
    press(page, "个）", "文案 A")
    say(page, "冷天用车怎么省电？来直播间，讲师当场答。")
    expect(bubble(page, "讲师当场答")).to_be_visible()
    press(page, "讲师当场答", "返回")
    press(page, "个）", "返回")
    press(page, "草稿）", "对照组")
    press(page, "多少比例", "10%")
    expect(bubble(page, "草稿）")).to_contain_text("对照组：10%")


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_ARGS
        )
        page = browser.new_context(viewport=SIZE, locale="zh-CN").new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.goto(f"{sys.argv[1]}/#{sys.argv[2] if len(sys.argv) > 2 else 901}")
        page.wait_for_timeout(1000)
        if page.get_by_test_id("start").is_visible():
            page.get_by_test_id("start").click()
            page.wait_for_timeout(3000)
        plan(page)
        page.wait_for_timeout(1500)
        page.screenshot(path=FOLDER / "campaign.png")
        press(page, "草稿）", "检查")
        expect(bubble(page, "没有人可以发送")).to_be_visible()  # nobody in a new demo agreed yet
        press(page, "草稿）", "预览")
        expect(bubble(page, "其中约")).to_be_visible()
        press(page, "草稿）", "提交审批")
        expect(bubble(page, "待审批）")).to_be_visible()
        page.wait_for_timeout(1500)
        page.screenshot(path=FOLDER / "campaign-approval.png")
        browser.close()


if __name__ == "__main__":
    main()
