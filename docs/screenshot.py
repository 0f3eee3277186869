"""Takes docs/screenshot.png: a conversation with the demo, in headless Chromium.

.venv/bin/chezhi demo --port 8090 &
.venv/bin/python -m docs.screenshot http://127.0.0.1:8090
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.conftest import CHROMIUM_ARGS

TARGET = Path(__file__).with_name("screenshot.png")
SIZE = {"width": 1180, "height": 860}


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_test_id("message").filter(has_text=text).last


def converse(page: Page) -> None:
    """One question with its source opened, after consent, if that wasn't given yet."""
    composer = page.get_by_test_id("composer")
    page.wait_for_timeout(1000)
    if page.get_by_test_id("start").is_visible():
        page.get_by_test_id("start").click()
        bubble(page, "你的数据，由你决定").get_by_role("button", name="同意", exact=True).click()
        bubble(page, "你有车吗").get_by_role("button", name="跳过").click()
    composer.fill("冬天电动车续航会掉多少？")
    composer.press("Enter")
    source = bubble(page, "[1]").get_by_test_id("inline-button").filter(has_text="[1]")
    expect(source).to_be_visible(timeout=20_000)
    source.click()
    expect(page.locator("blockquote").last).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1500)  # the scroll settles


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_ARGS
        )
        context = browser.new_context(viewport=SIZE, device_scale_factor=1.5, locale="zh-CN")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{sys.argv[1]}/#101")
        converse(page)
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
