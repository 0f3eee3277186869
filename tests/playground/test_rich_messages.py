"""Rich messages through the Bot API: what is taken, told, refused, tapped and seen."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    InputRichBlockButtons,
    InputRichBlockDetails,
    InputRichBlockParagraph,
    InputRichBlockSectionHeading,
    InputRichMessage,
    Message,
    ReplyParameters,
    RichMessageButton,
    RichTextBold,
)
from aiohttp import ClientSession

from playground.client import Person, PlaygroundClient, PlaygroundError, Seen
from playground.plain import plain
from playground.rich.reading import words
from playground.server import Playground
from tests.playground.conftest import TOKEN, Call, keyboard

ALEX, LIN = 102, 101
PARAGRAPH = {"type": "paragraph", "text": "Check the brakes"}


async def told(call: Call, **rich: Any) -> list[dict[str, Any]]:
    """The blocks that Telegram makes of a rich message."""
    status, answer = await call("sendRichMessage", {"chat_id": ALEX, "rich_message": rich})
    assert status == 200, answer
    return list(answer["result"]["rich_message"]["blocks"])


async def refusal(call: Call, **rich: Any) -> str:
    status, answer = await call("sendRichMessage", {"chat_id": ALEX, "rich_message": rich})
    assert status == 400, answer
    return str(answer["description"]).removeprefix("Bad Request: ")


def in_it(sent: Message, event: Seen) -> bool:
    return event.name == "message" and event.data["message"]["message_id"] == sent.message_id


async def test_aiogram_sends_blocks_and_reads_them_back(bot: Bot, alex: Person) -> None:
    blocks = [
        InputRichBlockSectionHeading(text="Brakes", size=2),
        InputRichBlockParagraph(text=["Change the pads at ", RichTextBold(text="3 mm")]),
        InputRichBlockDetails(summary="Source", blocks=[InputRichBlockParagraph(text="Page 12")]),
        InputRichBlockButtons(buttons=[RichMessageButton(text="Open", callback_data="lesson:1")]),
    ]
    sent = await bot.send_rich_message(
        ALEX, InputRichMessage(blocks=blocks), reply_markup=keyboard({"Below": "b"})
    )
    assert sent.text is None
    assert sent.rich_message
    assert [block.type for block in sent.rich_message.blocks] == [
        "heading",
        "paragraph",
        "details",
        "buttons",
    ]
    text = ["Change the pads at ", {"type": "bold", "text": "3 mm"}]
    assert plain(sent.rich_message.blocks[1]) == {"type": "paragraph", "text": text}
    seen = await alex.wait_text("3 mm")
    assert seen["message_id"] == sent.message_id
    assert words(seen["rich_message"]).splitlines() == [
        "Brakes",
        "Change the pads at 3 mm",
        "Source",
        "Page 12",
        "Open",
    ]
    await alex.click_text(seen, "Open")
    await alex.click_text(seen, "Below")
    taps = [update.callback_query for update in await bot.get_updates()][-2:]
    assert [tap and tap.data for tap in taps] == ["lesson:1", "b"]
    message = taps[0] and taps[0].message
    assert isinstance(message, Message)
    assert plain(message.rich_message) == plain(sent.rich_message)


async def test_a_text_becomes_a_rich_message_and_a_text_again(bot: Bot, alex: Person) -> None:
    sent = await bot.send_message(ALEX, "Looking…")
    rich = InputRichMessage(html="<h3>Found</h3><p>Page 3</p>")
    edited = await bot.edit_message_text(
        chat_id=ALEX, message_id=sent.message_id, rich_message=rich
    )
    assert isinstance(edited, Message)
    assert edited.text is None
    assert edited.rich_message
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text(chat_id=ALEX, message_id=sent.message_id, rich_message=rich)
    await bot.edit_message_text("Never mind", chat_id=ALEX, message_id=sent.message_id)
    last = (await alex.wait_text("Never mind"))["message_id"]
    assert last == sent.message_id


async def test_replies_to_and_by_rich_messages(bot: Bot, alex: Person) -> None:
    asked = await alex.send("How thick?")
    sent = await bot.send_rich_message(
        ALEX,
        InputRichMessage(html="<p>3 mm</p>"),
        reply_parameters=ReplyParameters(message_id=asked["message_id"]),
    )
    assert sent.reply_to_message
    assert sent.reply_to_message.text == "How thick?"
    await alex.send("Thanks", reply_to=sent.message_id)
    heard = (await bot.get_updates())[-1].message
    assert heard
    assert heard.reply_to_message
    assert heard.reply_to_message.text is None
    assert plain(heard.reply_to_message.rich_message) == plain(sent.rich_message)


async def test_an_app_that_draws_no_rich_messages(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    lin = await client.persona(LIN)
    await lin.start()
    await lin.draw_rich(False)
    rich = InputRichMessage(
        blocks=[
            InputRichBlockButtons(buttons=[RichMessageButton(text="I see it", callback_data="see")])
        ]
    )
    for person in (alex, lin):
        sent = await bot.send_rich_message(person.id, rich, reply_markup=keyboard({"Empty": "e"}))
        # The call answers ok for both, and the message is in both chats.
        seen = (await person.wait_for(partial(in_it, sent))).data["message"]
    assert lin.reads(seen) == ""
    with pytest.raises(PlaygroundError, match="no button"):
        await lin.click(seen, "see")
    with pytest.raises(LookupError):
        await lin.click_text(seen, "I see it")
    await lin.click_text(seen, "Empty")  # buttons below are drawn by every app
    await alex.click(sent.message_id - 1, "see")
    assert {one["rich"] for one in (await client.state())["personas"] if one["id"] == LIN} == {
        False
    }
    await lin.draw_rich(True)
    await lin.click_text(seen, "I see it")


async def test_drafts_stream_and_think(call: Call, alex: Person) -> None:
    blocks = [{"type": "thinking", "text": "Reading the manual"}, PARAGRAPH]
    params = {"chat_id": ALEX, "draft_id": 7, "rich_message": {"blocks": blocks}}
    status, _ = await call("sendRichMessageDraft", params)
    assert status == 200
    draft = await alex.wait_event("draft")
    assert draft["draft_id"] == 7
    assert [block["type"] for block in draft["rich_message"]["blocks"]] == ["thinking", "paragraph"]
    assert await refusal(call, blocks=blocks) == "RICH_MESSAGE_BLOCK_UNSUPPORTED"


@pytest.mark.parametrize(
    ("rich", "description"),
    [
        ({}, "rich message must be non-empty"),
        ({"blocks": []}, "rich message must be non-empty"),
        ({"html": ""}, "rich message must be non-empty"),
        ({"html": "<p> </p>"}, "RICH_MESSAGE_EMPTY"),
        ({"html": "a", "blocks": [PARAGRAPH]}, "exactly one of blocks, markdown and html"),
        ({"html": "<p>cut <b"}, "RICH_MESSAGE_HTML_INVALID"),
        ({"html": "<script>x</script>"}, "RICH_MESSAGE_HTML_INVALID"),
        ({"html": '<a href="/home/notes.md">x</a>'}, "RICH_MESSAGE_URL_INVALID"),
        ({"html": '<a href="mailto:openai:a@b.com">x</a>'}, "RICH_MESSAGE_EMAIL_INVALID"),
        ({"html": "Profile openai:a@b.com"}, "RICH_MESSAGE_EMAIL_INVALID"),
        ({"html": '<tg-emoji emoji-id="5368">car</tg-emoji>'}, "RICH_MESSAGE_EMOJI_INVALID"),
        ({"html": '<tg-time unix="9000000000">x</tg-time>'}, "RICH_MESSAGE_DATE_INVALID"),
        ({"html": '<img src="https://a.com/b.jpg"/>'}, "RICH_MESSAGE_PHOTO_NO_MEDIA_FOUND"),
        ({"html": '<img src="photo.jpg"/>'}, "RICH_MESSAGE_PHOTO_URL_INVALID"),
        ({"html": '<img src="tg://photo?id=a"/>'}, "RICH_MESSAGE_PHOTO_INVALID"),
        ({"blocks": [{"type": "code", "text": "x"}]}, 'InputRichBlock: type "code" is unsupported'),
        (
            {"blocks": [{"type": "heading", "text": "x"}]},
            'InputRichBlock: Can\'t find field "size"',
        ),
        ({"blocks": [{"type": "heading", "text": "x", "size": 7}]}, "invalid section heading size"),
        ({"blocks": [{"type": "paragraph", "text": {"text": "x"}}]}, 'Can\'t find field "type"'),
        ({"blocks": [{"type": "list", "items": []}]}, "list must be non-empty"),
        ({"blocks": [{"type": "buttons", "buttons": []}]}, "button row must be non-empty"),
        (
            {
                "blocks": [
                    {"type": "buttons", "buttons": [{"text": "x", "callback_data": "y" * 65}]}
                ]
            },
            "BUTTON_DATA_INVALID",
        ),
        ({"blocks": [{"type": "buttons", "buttons": [{"text": "x"}]}]}, "Text buttons are unallow"),
        (
            {"blocks": [{"type": "map", "location": {"latitude": 91, "longitude": 0}}]},
            "invalid location specified",
        ),
        (
            {"blocks": [{"type": "photo", "photo": {"type": "video", "media": "x"}}]},
            'unexpected media type "video" for block "photo"',
        ),
    ],
)
async def test_refusals(call: Call, alex: Person, rich: dict[str, Any], description: str) -> None:
    assert description in await refusal(call, **rich)


async def test_what_is_no_object_is_refused(call: Call, alex: Person) -> None:
    for given, words_of_it in (
        (None, "rich message must be non-empty"),
        ([1], "object expected as rich message"),
        ('{"html":', "can't parse rich message JSON object"),
    ):
        status, answer = await call("sendRichMessage", {"chat_id": ALEX, "rich_message": given})
        assert (status, answer["description"]) == (400, f"Bad Request: {words_of_it}")


async def test_a_restart_keeps_what_was_told_and_the_app(tmp_path: Path) -> None:
    """Deep formatting too, which would take a day by aiogram's classes of rich text."""
    text: Any = "deep"
    for _ in range(12):
        text = {"type": "bold", "text": text}
    shown = []
    for attempt in range(2):
        async with (
            Playground(data_dir=tmp_path) as pg,
            PlaygroundClient(pg.url) as client,
            ClientSession() as session,
        ):
            url = f"{pg.url}/bot{TOKEN}/"
            async with session.post(f"{url}getMe") as answer:
                assert answer.status == 200
            alex = await client.persona(ALEX)
            if attempt == 0:
                await alex.start()
                await alex.draw_rich(False)
                rich = {"blocks": [{"type": "paragraph", "text": text}]}
                params = {"chat_id": ALEX, "rich_message": rich}
                async with session.post(f"{url}sendRichMessage", json=params) as answer:
                    assert answer.status == 200
            snapshot = await (await client.persona(ALEX)).wait_event("snapshot")
            shown.append(snapshot["chat"]["messages"][-1]["rich_message"])
            assert snapshot["persona"]["rich"] is False
    assert shown[0] == shown[1] == {"blocks": [{"type": "paragraph", "text": text}]}
