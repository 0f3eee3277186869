"""People at the chat page, each at a browser of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page


class People:
    """Each has a profile of their own: of several pages in one, Chromium draws all but the newest
    once a second, and whoever clicks waits for two drawings.

    Nothing moves on the pages, since whoever clicks waits for that as well.
    """

    def __init__(self, browser: Browser, **options: Any) -> None:
        self._browser = browser
        self._options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        self._options |= options
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    async def open(self, url: str) -> Page:
        context = await self._browser.new_context(**self._options)
        self._contexts.append(context)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        context.on(
            "console",
            lambda line: self.problems.append(line.text) if line.type == "error" else None,
        )
        page = await context.new_page()
        await page.goto(url)
        return page

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()


@asynccontextmanager
async def opened(browser: Browser, **options: Any) -> AsyncIterator[People]:
    people = People(browser, **options)
    try:
        yield people
    finally:
        await people.close()
