"""Answers that are stopped while they are being written."""

import pytest
from aiogram import Bot

from playground.client import Person, PlaygroundClient, PlaygroundError
from tests.playground.conftest import Time


@pytest.mark.parametrize("kept", [False, True])
async def test_a_person_stops_an_answer(
    bot: Bot, alex: Person, client: PlaygroundClient, time: Time, kept: bool
) -> None:
    await bot.send_message_draft(102, 7, text="Winter", can_stop=True, keep_on_stop=kept)
    await bot.send_message_draft(102, 7, text="Winter tyres", can_stop=True, keep_on_stop=kept)
    seen = await alex.wait_for(lambda e: e.name == "draft" and e.data["text"] == "Winter tyres")
    assert seen.data["can_stop"] is True
    await bot.get_updates(offset=-1)
    await alex.stop(7)
    stopped = (await bot.get_updates())[-1].stopped_message_generation
    assert stopped
    assert (stopped.chat.id, stopped.chat.type, stopped.draft_id) == (102, "private", 7)
    assert await alex.wait_event("draft_stopped") == {"draft_id": 7, "kept": kept}
    with pytest.raises(PlaygroundError, match="409"):
        await alex.stop(7)
    # What the bot still sends of it is taken and shown to nobody.
    assert await bot.send_message_draft(102, 7, text="Winter tyres grip", can_stop=True)
    draft = (await client.persona(102)).seen[0].data["chat"]["draft"]
    shown = (draft["text"], draft["can_stop"]) if draft else None
    assert shown == (("Winter tyres", False) if kept else None)
    time.passed += 31 if kept else 0
    assert (await client.persona(102)).seen[0].data["chat"]["draft"] is None
    # Its message, or half a minute, opens the way for the next draft of the same number.
    if not kept:
        await bot.send_message(102, "Winter tyres")
    mark = alex.now
    await bot.send_message_draft(102, 7, text="Next", can_stop=True)
    assert (await alex.wait_event("draft", since=mark))["text"] == "Next"
    await alex.stop(7)


async def test_what_can_not_be_stopped(bot: Bot, alex: Person, time: Time) -> None:
    with pytest.raises(PlaygroundError, match="409: There is no such draft"):
        await alex.stop(7)
    await bot.send_message_draft(102, 7, text="Winter")
    with pytest.raises(PlaygroundError, match="409: This draft can't be stopped"):
        await alex.stop(7)
    await bot.send_message_draft(102, 8, text="Winter", can_stop=True)
    with pytest.raises(PlaygroundError, match="409: There is no such draft"):
        await alex.stop(7)
    time.passed += 31
    with pytest.raises(PlaygroundError, match="409: There is no such draft"):
        await alex.stop(8)
    await bot.send_message_draft(102, 8, text="Winter", can_stop=True)
    await bot.send_message(102, "Done")
    with pytest.raises(PlaygroundError, match="409: There is no such draft"):
        await alex.stop(8)


async def test_a_stop_that_no_list_names_never_comes(bot: Bot, alex: Person) -> None:
    for kinds, came in ((["message"], 0), (["stopped_message_generation"], 1)):
        await bot.get_updates(offset=-1, allowed_updates=kinds)
        await bot.send_message(102, "x")
        await bot.send_message_draft(102, 7, can_stop=True)
        await alex.stop(7)
        updates = await bot.get_updates()
        assert len([one for one in updates if one.stopped_message_generation]) == came
