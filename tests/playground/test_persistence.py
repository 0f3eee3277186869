"""A server that is killed and started again knows what it had answered for."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import BotCommand, BufferedInputFile, LabeledPrice

from playground.client import PlaygroundClient
from playground.plain import plain
from playground.server import Playground
from playground.store import Store
from tests.playground.conftest import keyboard, make_bot
from tests.playground.test_files import fetched, png


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[str]:
    """`python -m playground` on the folder; killed at the end."""
    arguments = ("-m", "playground", "--port", "0", "--data-dir", str(folder))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield line.decode().split()[-1]
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


@asynccontextmanager
async def restarted(folder: Path) -> AsyncIterator[str]:
    """The server on the folder once more, in this process, which saves a second or two."""
    async with Playground(data_dir=folder) as playground:
        yield playground.url


async def fill(bot: Bot, client: PlaygroundClient) -> dict[str, Any]:
    """All sorts of things to remember, and what is known of them."""
    await bot.get_me()
    guest = await client.persona(None, "Mei", "zh")
    await guest.start("ref_1")
    photo = await bot.send_photo(guest.id, BufferedInputFile(png(), "a.png"), caption="car")
    poll = await bot.send_poll(guest.id, "?", ["a", "b"], open_period=3600)
    price = [LabeledPrice(label="x", amount=5)]
    invoice = await bot.send_invoice(guest.id, "T", "D", "p", "XTR", price)
    await bot.pin_chat_message(guest.id, photo.message_id)
    await bot.set_my_commands([BotCommand(command="go", description="Go")])
    sent = await bot.send_message(guest.id, "<b>Tap</b>", "HTML", reply_markup=keyboard({"A": "a"}))
    await guest.vote(poll.message_id, 1)
    await guest.react(photo.message_id, "👍")
    query = await guest.click(sent.message_id, "a")
    await guest.upload(b"paper", "paper.txt")
    last = await guest.send("the very last word")
    assert photo.photo
    return {
        "guest": guest.id,
        "photo": photo.photo[0].file_id,
        "invoice": invoice.message_id,
        "query": query,
        "last": last["message_id"],
        "updates": plain(await bot.get_updates()),
    }


async def screen(client: PlaygroundClient, persona: int) -> Any:
    return (await (await client.persona(persona)).wait_event("snapshot"))["chat"]


async def test_a_killed_server_comes_back_as_it_was(tmp_path: Path) -> None:
    async with server(tmp_path) as url, make_bot(url) as bot, PlaygroundClient(url) as client:
        known = await fill(bot, client)
        before = await screen(client, known["guest"])
        sent = await bot.send_message(known["guest"], "answered for")
    async with restarted(tmp_path) as url, make_bot(url) as bot, PlaygroundClient(url) as client:
        after = await screen(client, known["guest"])
        assert after["messages"][:-1] == before["messages"]
        assert after["messages"][-1] == plain(sent)
        assert {k: v for k, v in after.items() if k != "messages"} == {
            k: v for k, v in before.items() if k != "messages"
        }
        assert plain(await bot.get_updates()) == known["updates"]
        assert await fetched(bot, known["photo"]) == png()
        assert await bot.answer_callback_query(known["query"])
        fresh = await bot.send_message(known["guest"], "on it goes")
        assert fresh.message_id > sent.message_id
        guest = await client.persona(known["guest"])
        await guest.send("and on")
        newest = (await bot.get_updates())[-1]
        assert newest.update_id > known["updates"][-1]["update_id"]
        assert (await bot.get_my_commands())[0].command == "go"
        paying = asyncio.create_task(guest.pay(known["invoice"]))
        update = newest
        while update.pre_checkout_query is None:
            (update,) = await bot.get_updates(update.update_id + 1, timeout=10)
        await bot.answer_pre_checkout_query(update.pre_checkout_query.id, ok=True)
        assert await paying == {"ok": True}
    async with restarted(tmp_path) as url, make_bot(url) as bot, PlaygroundClient(url) as client:
        assert (await bot.get_my_star_balance()).amount == 5
        await client.reset()
        assert (await screen(client, known["guest"]))["messages"] == []
    async with restarted(tmp_path) as url, make_bot(url) as bot, PlaygroundClient(url) as client:
        assert (await screen(client, known["guest"]))["messages"] == []
        assert await bot.get_updates() == []
        assert list((tmp_path / "files").iterdir()) == []


async def test_what_is_answered_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without luck: here nothing is written in the background."""
    monkeypatch.setattr(Store, "start", lambda store: None)

    def saved(text: str) -> bool:
        database = sqlite3.connect(tmp_path / "playground.db")
        rows = database.execute("SELECT value FROM records WHERE kind = 'message'").fetchall()
        database.close()
        return any(text in value for (value,) in rows)

    async with restarted(tmp_path) as url, make_bot(url) as bot, PlaygroundClient(url) as client:
        await bot.get_me()
        await (await client.persona(102)).start("from_the_page")
        assert saved("from_the_page")
        await bot.send_message(102, "from the bot")
        assert saved("from the bot")
