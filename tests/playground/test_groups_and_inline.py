"""Groups of personas, and inline queries."""

import asyncio
from pathlib import Path

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.types import InlineQueryResultArticle, InputTextMessageContent

from playground.client import PlaygroundClient, PlaygroundError
from playground.limits import Limits
from playground.server import Playground
from tests.playground.conftest import Time, make_bot


def article(name: str, text: str = "<b>Hello</b>") -> InlineQueryResultArticle:
    content = InputTextMessageContent(message_text=text, parse_mode="HTML")
    return InlineQueryResultArticle(id=name, title="Title", input_message_content=content)


async def test_what_members_say_reaches_bot_and_screen(pg: Playground) -> None:
    async with make_bot(pg.url) as bot, PlaygroundClient(pg.url) as client:
        await bot.get_me()
        ann, bob = await client.persona(101), await client.persona(102)
        group = await client.group("Drivers", ann, bob)
        said = await group.say(bob, "Hello all")
        (update,) = await bot.get_updates(timeout=1)
        assert update.message
        assert update.message.from_user
        assert (update.message.chat.id, update.message.chat.type) == (group.id, "supergroup")
        assert (update.message.from_user.id, group.id < 0) == (102, True)
        sent = await update.message.reply("And to you").as_(bot)
        assert sent.reply_to_message
        assert sent.reply_to_message.message_id == said["message_id"]
        assert (await group.wait_text("And to you"))["chat"]["title"] == "Drivers"
        assert await bot.get_chat_member_count(group.id) == 3
        assert (await bot.get_chat_member(group.id, 102)).user.first_name == "Alex"
        assert (await bot.get_chat(group.id)).title == "Drivers"
        with pytest.raises(PlaygroundError, match="isn't in the group"):
            await group.say(await client.persona(901), "Let me in")
        assert not [event for event in ann.seen if event.name == "message"]


async def test_a_group_takes_twenty_messages_a_minute(time: Time) -> None:
    async with (
        Playground(limits=Limits(), clock=time.clock()) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        await bot.get_me()
        group = await client.group("Drivers", await client.persona(101))
        for _ in range(20):
            await bot.send_message(group.id, "x")
            time.passed += 0.5
        with pytest.raises(TelegramRetryAfter):
            await bot.send_message(group.id, "x")


async def test_a_group_outlives_the_server(tmp_path: Path) -> None:
    async with (
        Playground(data_dir=tmp_path) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        await bot.get_me()
        ann = await client.persona(101)
        group = await client.group("Drivers", ann)
        await group.say(ann, "Before")
    async with (
        Playground(data_dir=tmp_path) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        (update,) = await bot.get_updates()
        assert update.message
        assert update.message.text == "Before"
        await bot.send_message(group.id, "After")
        other = await client.group("Another", await client.persona(102))
        assert other.id != group.id


async def test_an_inline_query_is_answered_and_a_result_posted(pg: Playground, time: Time) -> None:
    async with make_bot(pg.url) as bot, PlaygroundClient(pg.url) as client:
        assert (await bot.get_me()).supports_inline_queries
        ann = await client.persona(101)
        asking = asyncio.create_task(bot.get_updates(timeout=5))
        query = await ann.inline("brakes")
        (update,) = await asking
        assert update.inline_query
        assert update.inline_query.query == "brakes"
        await bot.answer_inline_query(query, [article("one"), article("two", "x")], cache_time=60)
        answer = await ann.inline_results(query)
        assert [result["text"] for result in answer["results"]] == ["Hello", "x"]
        assert answer["cache_time"] == 60
        posted = await ann.choose(query, "one")
        assert (posted["text"], posted["entities"][0]["type"]) == ("Hello", "bold")
        assert posted["via_bot"]["id"] == bot.id
        with pytest.raises(PlaygroundError, match="no such result"):
            await ann.choose(query, "three")
        with pytest.raises(PlaygroundError, match="no such result"):
            await (await client.persona(102)).choose(query, "one")
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_inline_query(query, [article("one")])


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([article("a"), article("a")], "RESULT_ID_DUPLICATE"),
        ([article("a" * 65)], "RESULT_ID_INVALID"),
        ([article(str(n)) for n in range(51)], "RESULTS_TOO_MUCH"),
        ([article("a", "x" * 4097)], "message is too long"),
        ([article("a", "")], "message text is empty"),
    ],
)
async def test_what_telegram_refuses_in_results(
    pg: Playground, results: list[InlineQueryResultArticle], reason: str
) -> None:
    async with make_bot(pg.url) as bot, PlaygroundClient(pg.url) as client:
        await bot.get_me()
        query = await (await client.persona(101)).inline("x")
        with pytest.raises(TelegramBadRequest, match=reason):
            await bot.answer_inline_query(query, list(results))


async def test_a_late_answer_is_refused(pg: Playground, time: Time) -> None:
    async with make_bot(pg.url) as bot, PlaygroundClient(pg.url) as client:
        await bot.get_me()
        query = await (await client.persona(101)).inline("x")
        time.passed += 31
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_inline_query(query, [article("a")])
