"""The page's calls: personas, screens, reset, the log, and who may call."""

import json

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramForbiddenError
from aiohttp import ClientSession

from playground.client import Person, PlaygroundClient, PlaygroundError
from playground.plain import plain
from playground.server import Playground
from tests.playground.conftest import Call, keyboard, make_bot


async def test_personas_of_every_role_are_there_and_more_can_come(
    bot: Bot, client: PlaygroundClient
) -> None:
    state = await client.state()
    assert [one["id"] for one in state["bots"]] == [bot.id]
    assert {one["role"] for one in state["personas"]} == {"user", "admin", "editor"}
    mei = await client.persona(None, "Mei", "zh-hans", "editor")
    listed = {one["id"]: one for one in (await client.state())["personas"]}[mei.id]
    assert (listed["first_name"], listed["role"], listed["blocked"]) == ("Mei", "editor", False)
    await mei.start()
    assert (await bot.get_chat(mei.id)).first_name == "Mei"
    await mei.block()
    assert {one["id"] for one in (await client.state())["personas"] if one["blocked"]} == {mei.id}
    with pytest.raises(PlaygroundError, match="404: No such persona"):
        await client.call("POST", "/personas/77/messages", {"text": "x"})
    with pytest.raises(PlaygroundError, match="400: first_name"):
        await client.persona(None, "")


async def test_two_screens_of_a_chat_show_the_same(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    twin = await client.persona(102)
    lin = await client.persona(101)
    await lin.start()
    sent = await bot.send_message(102, "Hello", reply_markup=keyboard({"A": "a"}))
    assert await alex.wait_text("Hello") == await twin.wait_text("Hello") == plain(sent)
    query = await twin.click(sent.message_id, "a")
    await bot.answer_callback_query(query, "Done")
    assert await alex.toast(query) == await twin.toast(query)
    assert not [one for one in lin.seen if "Hello" in json.dumps(one.data)]
    with pytest.raises(PlaygroundError, match="400: The message has no button"):
        await alex.click(sent.message_id, "z")


async def test_two_bots_on_one_server_keep_apart(pg: Playground, bot: Bot, alex: Person) -> None:
    async with make_bot(pg.url, "77:the-other-bots-token") as other:
        await other.get_me()
        with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
            await other.send_message(102, "Hi")
        async with PlaygroundClient(pg.url, bot=77) as client:
            there = await client.persona(102)
            await there.start("deep_link-1")
            await other.send_message(102, "Hi")
            await there.wait_text("Hi")
        (update,) = await other.get_updates()
        assert update.message
        assert update.message.text == "/start deep_link-1"
    assert not [one for one in alex.seen if "Hi" in json.dumps(one.data)]


async def test_deep_links_are_checked(alex: Person) -> None:
    assert (await alex.start("x" * 64))["text"] == f"/start {'x' * 64}"
    for payload in ("x" * 65, "a b", "车"):
        with pytest.raises(PlaygroundError, match="400: A start payload is at most 64"):
            await alex.start(payload)


async def test_what_a_person_can_not_say(alex: Person) -> None:
    with pytest.raises(PlaygroundError, match="400: Write something"):
        await alex.send("  ")
    with pytest.raises(PlaygroundError, match="400: The message is longer than 4096"):
        await alex.send("x" * 4097)
    with pytest.raises(PlaygroundError, match="404: There is no message 999"):
        await alex.send("x", reply_to=999)


async def test_the_log_holds_every_call(bot: Bot, alex: Person, client: PlaygroundClient) -> None:
    await bot.send_message(102, "one")
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(101, "two")
    good, bad = await client.log(method="sendMessage")
    assert (good["status"], good["params"]["text"], good["bot"]) == (200, "one", bot.id)
    assert (bad["status"], bad["error_code"]) == (403, 403)
    assert "can't initiate" in bad["description"]
    assert await client.log(since=bad["n"]) == []


async def test_a_reset_forgets_all_but_who_is_there(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    sent = await bot.send_message(102, "gone soon")
    await client.fault("500", method="sendPhoto")
    await client.reset()
    await alex.wait_for(lambda e: e.name == "delete" and sent.message_id in e.data["message_ids"])
    assert await client.call("GET", "/faults") == []
    assert await bot.get_updates() == []
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await bot.send_message(102, "x")
    again = await alex.start()
    assert again["message_id"] > sent.message_id
    await alex.wait_for(lambda e: e.name == "message" and e.data["message"] == again)
    assert await bot.send_message(102, "welcome")


async def test_other_sites_may_not_call(pg: Playground, bot: Bot, call: Call) -> None:
    async with ClientSession() as session:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            async with session.get(f"{pg.url}/api/state", headers=headers) as response:
                assert response.status == 403
        async with session.get(f"{pg.url}/api/state", headers={"Origin": pg.url}) as response:
            assert response.status == 200
        odd = ("/personas/²/events", "/personas/102/events?bot=²", "/log?since=²")
        for path in odd:
            async with session.get(f"{pg.url}/api{path}") as response:
                assert response.status in (400, 404), path
        async with session.post(f"{pg.url}/api/personas/102/messages", data=b"\xff") as response:
            assert response.status == 400
    assert (await call("getMe"))[0] == 200
