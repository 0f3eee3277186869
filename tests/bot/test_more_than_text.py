"""A message is more than its text: what it replies to, who sent it, and what it was before."""

import asyncio
from typing import Any

import pytest

from playground.client import Person, PlaygroundClient
from playground.plain import Json
from services.brain import Brain
from storage.models import Document, Question, User
from storage.repositories import documents
from tests.bot.acts import agreed, messages, rows, with_button
from tests.bot.conftest import ADMIN, EDITOR
from tests.bot.odd import ANONYMOUS, TELEGRAM
from tests.bot.test_feedback import handed_over

NAME = "@playground_4242_bot"
FLUID, RANGE = "When should brake fluid be changed?", "How much range does an EV lose in winter?"


async def answered(where: Person, since: int = 0) -> Json:
    await where.wait_for(lambda event: bool(messages(where, since)), since=since)
    return messages(where, since)[0]


def mention(text: str, at: int = 0) -> list[Json]:
    return [{"type": "mention", "offset": at, "length": len(NAME)}] if NAME in text else []


async def in_group(client: PlaygroundClient, group: Person, **message: Any) -> Json:
    chat = {"id": group.id, "type": "supergroup", "title": "Drivers"}
    return await client.bring("message", chat=chat, **message)


async def test_a_reply_to_an_earlier_answer_is_about_that_answer(client: PlaygroundClient) -> None:
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    first = ann.now
    await ann.send(FLUID)
    fluid = await with_button(ann, "source:", first)
    second = ann.now
    await ann.send(RANGE)
    await with_button(ann, "source:", second)
    mark = ann.now
    await ann.send("Why?", fluid["message_id"])
    assert (await answered(ann, mark))["text"].startswith("Taken as: “When should brake")
    group = await client.group("Drivers", ann, bob)
    for speaker, text in ((ann, FLUID), (bob, RANGE)):
        mark = group.now
        await group.say(speaker, f"{NAME} {text}")
        answer = await answered(group, mark)
        fluid = answer if speaker is ann else fluid
    mark = group.now
    await group.say(bob, "Why?", fluid["message_id"])
    assert (await answered(group, mark))["text"].startswith("Taken as: “When should brake")


async def test_a_mention_asks_what_it_replies_to_and_a_caption_is_heard(
    client: PlaygroundClient, brain: Brain
) -> None:
    ann = await client.persona(first_name="Ann", language_code="en")
    bob = await client.persona(first_name="Bob", language_code="en")
    group = await client.group("Drivers", ann, bob)
    asked = await group.say(bob, FLUID)
    await group.say(ann, NAME, asked["message_id"])
    assert "two years" in (await answered(group))["text"]
    mark = group.now
    user = {"id": ann.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    caption = f"{NAME} {RANGE}"
    found = {"caption": caption, "caption_entities": mention(caption)}
    await in_group(client, group, sender=user, photo=photo, **found)
    assert "thirty" in (await answered(group, mark))["text"]
    kept = await rows(brain.database, Question)
    assert {q.text for q in kept} == {FLUID, RANGE}


async def test_who_writes_as_a_chat_is_answered_and_a_channels_post_is_not(
    client: PlaygroundClient, brain: Brain
) -> None:
    ann = await client.persona(first_name="Ann", language_code="en")
    group = await client.group("Drivers", ann)
    before = {user.id for user in await rows(brain.database, User)}
    channel = {"id": -1_007_777_777, "type": "channel", "title": "News"}
    telegram = {"id": TELEGRAM, "is_bot": False, "first_name": "Telegram"}
    text = f"{NAME} {FLUID}"
    post = {"sender": telegram, "sender_chat": channel, "is_automatic_forward": True}
    await in_group(client, group, text=text, entities=mention(text), **post)
    admin = {"id": ANONYMOUS, "is_bot": True, "first_name": "Group", "language_code": "en"}
    itself = {"id": group.id, "type": "supergroup", "title": "Drivers"}
    text = f"{NAME} {RANGE}"
    mark = group.now
    await in_group(
        client, group, text=text, entities=mention(text), sender=admin, sender_chat=itself
    )
    await group.wait_text("thirty", since=mark)
    (answer,) = [m for m in messages(group) if m["from"]["id"] != ANONYMOUS]
    assert "thirty" in answer["text"]
    assert await rows(brain.database, Question) == []
    assert {user.id for user in await rows(brain.database, User)} == before


async def test_an_edited_question_is_answered_anew_in_the_same_place(
    client: PlaygroundClient,
) -> None:
    ann = await agreed(client)
    group = await client.group("Drivers", ann)
    for where, speak in ((ann, ann.send), (group, lambda text: group.say(ann, f"{NAME} {text}"))):
        mark = where.now
        asked = await speak(FLUID)
        answer = await where.wait_text("two years", since=mark)
        mark = where.now
        edit = {**asked, "text": asked["text"].replace(FLUID, RANGE), "edit_date": asked["date"]}
        edit["sender"] = edit.pop("from")
        await client.bring("edited_message", **edit)
        anew = await where.wait_text("thirty", since=mark)
        assert anew["message_id"] == answer["message_id"]
        # An edit that leaves the words as they are changes nothing, nor does one of no question.
        await client.bring("edited_message", **edit)
        other = await (group.say(ann, "Hello Bob") if where is group else ann.send("/terms"))
        change = {**other, "text": FLUID, "edit_date": other["date"]}
        change["sender"] = change.pop("from")
        await client.bring("edited_message", **change)
        await asyncio.sleep(0.3)
        assert not [m for m in messages(where, mark) if "two years" in m.get("text", "")]


async def test_the_caption_of_an_album_is_said_of_all_its_files_and_makes_one_index(
    client: PlaygroundClient, brain: Brain
) -> None:
    editor = await client.persona(EDITOR)
    await editor.start()
    built = len(list(brain.settings.knowledge_dir.glob("versions/*")))
    said = "course: course-wipers\ncourse_title: 雨刮"
    texts = {
        f"{part}.txt": f"{part}一般每六到十二个月检查一次。" for part in ("胶条", "喷嘴", "电机")
    }
    for number, (name, text) in enumerate(texts.items()):
        caption = said if number == 1 else ""
        await editor.upload(text.encode(), name, caption=caption, album="7")
    await editor.wait_text("已上线", within=30)
    async with brain.database.read() as session:
        stored = [d for d in await documents.stored(session) if d.name in texts]
        labels = [(await session.get_one(Document, d.id)).label for d in stored]
    assert labels == [said] * 3
    assert sum("已上线" in m["text"] for m in messages(editor)) <= 1
    assert len(list(brain.settings.knowledge_dir.glob("versions/*"))) <= built + 1


def linked(text: str, word: str, url: str) -> Json:
    """A text with a link hidden behind a word, as clients send it."""
    offset = len(text[: text.index(word)].encode("utf-16-le")) // 2
    entity = {"type": "text_link", "offset": offset, "length": len(word), "url": url}
    return {"text": text, "entities": [entity]}


@pytest.mark.parametrize("way", ["help", "reply"])
async def test_a_hidden_link_of_an_editor_arrives(client: PlaygroundClient, way: str) -> None:
    person = await client.persona(first_name="Ann", language_code="en")
    link = "https://example.org/fuses"
    if way == "help":
        editor = await client.persona(EDITOR)
        await editor.send("/language")
        await editor.click(await with_button(editor, "language:en"), "language:en")
        request = await handed_over(person, editor)
        answer: Json = {"reply_to_message": request, **linked("🚗 It is here.", "here", link)}
    else:
        await person.start()
        await person.wait_text("Ann")
        editor = await client.persona(ADMIN)
        answer = linked(f"/reply {person.id} 🚗 It is here.", "here", link)
        command = {"type": "bot_command", "offset": 0, "length": len("/reply")}
        answer["entities"].insert(0, command)
    sender = {"id": editor.id, "is_bot": False, "first_name": "E"}
    await client.bring(
        "message", chat={"id": editor.id, "type": "private"}, sender=sender, **answer
    )
    assert f"It is here ({link})." in (await person.wait_text("🚗"))["text"]
