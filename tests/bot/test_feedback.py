"""What was wrong with an answer, and a person's answer instead."""

import asyncio
import json

import pytest

from bot.app import make_bot
from bot.messenger import TelegramMessenger
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from playground.server import Playground
from services.answering.help_desk import HelpDesk
from services.brain import Brain
from storage.models import Document, HelpRequest, Question, Signal
from storage.repositories import documents, rights, users
from tests.bot.acts import TOKEN, agreed, button_data, messages, rows, stale, tap, with_button
from tests.bot.conftest import EDITOR

OTHER_EDITOR = 903
ODD = "What does the <b>purple</b> lamp & the #1 *fuse* on my Zorb mean?"


async def refused(person: Person, text: str = ODD) -> Json:
    """The refusal of a question that no lesson answers."""
    mark = person.now
    await person.send(text)
    return await with_button(person, "human:", since=mark)


async def handed_over(person: Person, editor: Person, text: str = ODD) -> Json:
    """The request as the editor sees it."""
    refusal = await refused(person, text)
    mark = editor.now
    await tap(person, refusal, button_data(refusal)[-1])
    return await editor.wait_text("A question for a person", since=mark)


@pytest.fixture
async def editor(client: PlaygroundClient) -> Person:
    """The editor, who has English and opened the chat."""
    editor = await client.persona(EDITOR)
    await editor.send("/language")
    await tap(editor, await with_button(editor, "language:en"), "language:en")
    return editor


async def test_a_thumb_down_asks_why_and_keeps_the_reason(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    await person.send("When should brake fluid be changed?")
    answer = await with_button(person, "rate:")
    down = button_data(answer)[-1]
    await tap(person, answer, down)
    why = await with_button(person, "reason:")
    assert [d.split(":")[0] for d in button_data(why)] == ["reason"] * 4 + ["words", "human"]
    mark = person.now
    await tap(person, answer, down)
    assert messages(person, mark) == []
    await tap(person, why, next(d for d in button_data(why) if d.endswith("outdated")))
    noted = await person.wait_text("Out of date")
    await tap(person, noted, button_data(noted)[0])
    await person.wait_text("in one message")
    await person.send("It is three years in my book")
    await person.wait_text("content team will read it")
    (question,) = await rows(brain.database, Question)
    assert (question.rating, question.reason) == (-1, "outdated")
    assert question.comment == "It is three years in my book"
    # The next message is a question again, and a thumb up takes the reason back.
    mark = person.now
    await person.send("How should brake fluid be stored in my cellar?")
    await with_button(person, "", since=mark)
    await tap(person, answer, button_data(answer)[-2])
    first = min(await rows(brain.database, Question), key=lambda one: one.asked_at)
    assert (first.rating, first.reason, first.comment) == (1, None, None)
    assert await rows(brain.database, Signal) == []


async def test_a_persons_answer_comes_back_and_becomes_a_document(
    client: PlaygroundClient, brain: Brain, editor: Person
) -> None:
    person = await client.persona(first_name="Zacharias", language_code="en")
    request = await handed_over(person, editor)
    assert "<b>purple</b> lamp & the #1 *fuse*" in request["text"]
    assert "Zacharias" not in json.dumps(request)
    assert str(person.id) not in json.dumps(request)
    mark, editors = person.now, editor.now
    await editor.send("The lamp of a Zorb means: the #1 fuse is < 5 A.", request["message_id"])
    answer = await person.wait_text("Our content team answers", since=mark)
    assert "<b>purple</b> lamp" in answer["text"]
    assert "the #1 fuse is < 5 A." in answer["text"]
    assert "内容编辑" not in json.dumps(answer, ensure_ascii=False)
    done = await editor.wait_text("Shall the question", since=editors)
    await tap(editor, done, button_data(done)[0])
    await editor.wait_text("is live", since=editors, within=30)
    async with brain.database.read() as session:
        (faq,) = [d for d in await documents.stored(session) if d.id.startswith("faq-")]
        assert (await session.get_one(Document, faq.id)).title == ODD
    again = await client.persona(language_code="en")
    await again.send(ODD)
    assert "the #1 fuse is < 5 A." in (await again.wait_text("[1]"))["text"]
    assert "already" in await tap(editor, done, button_data(done)[0])


async def test_the_first_of_two_editors_wins(
    client: PlaygroundClient, brain: Brain, editor: Person
) -> None:
    other = await client.persona(first_name="Other", language_code="en")
    await other.start()
    await other.wait_text("Hi Other")
    async with brain.database.write() as session:
        await users.change(session, other.id, role="editor")
    person = await client.persona(language_code="en")
    requests = {editor.id: await handed_over(person, editor)}
    requests[other.id] = await other.wait_text("A question for a person")
    mark = person.now
    await asyncio.gather(
        *(one.send(f"From {one.id}", requests[one.id]["message_id"]) for one in (editor, other))
    )
    answer = await person.wait_text("From", since=mark)
    winner, loser = (editor, other) if f"From {editor.id}" in answer["text"] else (other, editor)
    await winner.wait_text("Sent.")
    await loser.wait_text("A colleague has answered this already")
    assert sum("From" in m["text"] for m in messages(person, mark)) == 1


async def test_nothing_is_delivered_twice(
    client: PlaygroundClient, pg: Playground, brain: Brain, editor: Person
) -> None:
    person = await client.persona(language_code="en")
    request = await handed_over(person, editor)
    # The answer arrives, and the connection breaks before the bot is told so.
    await client.fault("drop_after", method="sendMessage", chat_id=person.id, times=1)
    mark = person.now
    await editor.send("Once", request["message_id"])
    await editor.wait_text("I don't send it twice")
    async with make_bot(TOKEN, pg.url) as bot:
        desk = HelpDesk(TelegramMessenger(bot, brain.database), brain.database)
        await desk.abandon()
        await desk.catch_up()
        assert sum("Once" in m["text"] for m in messages(person, mark)) == 1
        # Killed while it was sending: whether it arrived is unknown.
        await handed_over(person, editor, "What does the blue Zorb lamp mean?")
        async with brain.database.write() as session:
            for row in await rows(brain.database, HelpRequest, HelpRequest.status == "open"):
                row.status, row.answer = "sending", "Twice"
                await session.merge(row)
        await desk.abandon()
        await desk.catch_up()
    assert [r.status for r in await rows(brain.database, HelpRequest)] == ["unknown"] * 2
    assert not any("Twice" in m["text"] for m in messages(person, mark))


async def test_an_answer_that_was_only_taken_is_delivered_later(
    client: PlaygroundClient, pg: Playground, brain: Brain, editor: Person
) -> None:
    person = await client.persona(language_code="en")
    request = await handed_over(person, editor)
    # Longer than a reply waits: what is shorter is waited out (bot/outgoing.py).
    await client.fault("429", method="sendMessage", chat_id=person.id, times=1, retry_after=300)
    mark = person.now
    await editor.send("A little later", request["message_id"])
    await editor.wait_text("within minutes")
    assert messages(person, mark) == []
    async with make_bot(TOKEN, pg.url) as bot:
        await HelpDesk(TelegramMessenger(bot, brain.database), brain.database).catch_up()
        await person.wait_text("A little later", since=mark)
        await HelpDesk(TelegramMessenger(bot, brain.database), brain.database).catch_up()
    assert len(messages(person, mark)) == 1
    (row,) = await rows(brain.database, HelpRequest)
    assert row.status == "sent"


async def test_a_question_is_handed_over_once_and_few_at_a_time(
    client: PlaygroundClient, pg: Playground, brain: Brain, editor: Person
) -> None:
    person = await agreed(client)
    refusal = await refused(person)
    data = button_data(refusal)[-1]
    await tap(person, refusal, data)
    await person.wait_text("has your question, without your name")
    assert "has this question already" in await tap(person, refusal, data)
    bob = await client.persona(language_code="en")
    await bob.start()
    assert "no longer there" in await tap(bob, await stale(pg, bob, data), data)
    for number in range(4):
        refusal = await refused(person, f"What does Zorb lamp number {number}{number} mean?")
        await tap(person, refusal, button_data(refusal)[-1])
    refusal = await refused(person, "What does the last Zorb lamp mean?")
    assert "still waiting" in await tap(person, refusal, button_data(refusal)[-1])
    assert len(await rows(brain.database, HelpRequest)) == 5


async def test_a_request_waits_until_an_editor_can_be_reached(
    client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    refusal = await refused(person)
    await tap(person, refusal, button_data(refusal)[-1])
    await person.wait_text("can't reach our content team")
    editor = await client.persona(EDITOR)
    await editor.start()
    async with make_bot(TOKEN, pg.url) as bot:
        await HelpDesk(TelegramMessenger(bot, brain.database), brain.database).catch_up()
    await editor.wait_text("Zorb")


async def test_a_copy_of_ones_data_holds_the_request_but_not_the_editor(
    client: PlaygroundClient, brain: Brain, editor: Person
) -> None:
    person = await client.persona(language_code="en")
    request = await handed_over(person, editor)
    await editor.send("An answer", request["message_id"])
    await person.wait_text("An answer")
    await editor.wait_text("Sent.")
    async with brain.database.write() as session:
        (copy,) = (await rights.export(session, person.id))["help_requests"]
        await rights.erase(session, person.id)
    assert copy["answer"] == "An answer"
    assert "answered_by" not in copy
    assert await rows(brain.database, HelpRequest) == []
