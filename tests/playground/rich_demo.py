"""A rich message with one of each block: `python -m tests.playground.rich_demo FOLDER` draws it in
both themes and widths, to be looked at."""

import asyncio
import sys
from pathlib import Path

from aiogram import Bot
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    InputRichMessage,
    InputRichMessageMedia,
    Message,
)
from playwright.async_api import async_playwright

from playground.server import Playground
from tests.conftest import CHROMIUM_ARGS
from tests.playground.conftest import make_bot
from tests.playground.page_bot import png

HTML = Path(__file__).with_suffix(".html")


def media() -> list[InputRichMessageMedia]:
    sky, tall = (BufferedInputFile(png(*size), "sky.png") for size in ((640, 400), (300, 400)))
    film, song, paper = (
        BufferedInputFile(b"x" * 5000, name) for name in ("film.mp4", "song.mp3", "手册.pdf")
    )
    given = {
        "sky": InputMediaPhoto(media=sky),
        "tall": InputMediaPhoto(media=tall),
        "film": InputMediaVideo(media=film, duration=75),
        "song": InputMediaAudio(media=song, duration=200, title="Engine at 3000 rpm"),
        "paper": InputMediaDocument(media=paper),
    }
    return [InputRichMessageMedia(id=name, media=one) for name, one in given.items()]


async def send(bot: Bot, chat_id: int, soon: int) -> Message:
    """`soon` is the unix time of the lesson that the message tells of."""
    html = HTML.read_text(encoding="utf-8").replace("{soon}", str(soon))
    below = InlineKeyboardButton(text="Below the message", callback_data="below")
    return await bot.send_rich_message(
        chat_id,
        InputRichMessage(html=html, media=media()),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[below]]),
    )


async def draw(folder: Path) -> None:
    async with (
        Playground(limits=None) as playground,
        make_bot(playground.url) as bot,
        async_playwright() as driver,
    ):
        await bot.get_me()
        person = playground.world.personas[102]
        playground.world.chat(playground.world.bots[bot.id], person).started = True
        await send(bot, 102, int(playground.world.clock.now().timestamp()) + 90_000)
        browser = await driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS
        )
        for scheme in ("light", "dark"):
            for width in (1200, 390):
                page = await browser.new_page(
                    viewport={"width": width, "height": 4300}, color_scheme=scheme, locale="zh-CN"
                )
                await page.goto(f"{playground.url}/#102")
                await page.get_by_test_id("rich").wait_for()
                await page.wait_for_timeout(400)
                await page.screenshot(path=folder / f"{scheme}-{width}.png")
                await page.close()
        await browser.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(Path(sys.argv[1])))
