"""Follow-up questions, and beginning anew."""

from datetime import timedelta

from sqlalchemy import update

from playground.client import Person, PlaygroundClient
from playground.plain import Json
from services.brain import Brain
from storage.models import Question
from tests.bot.acts import agreed, messages, rows, with_button


async def met(client: PlaygroundClient, language: str = "en") -> Person:
    """Someone who has been asked for their consent, and has not chosen."""
    person = await client.persona(language_code=language)
    await person.start()
    await with_button(person, "consent:")
    return person


async def ask(person: Person, text: str) -> Json:
    """The bot's first message after the question."""
    mark = person.now
    await person.send(text)
    await person.wait_for(lambda e: bool(messages(person, mark)), since=mark)
    return messages(person, mark)[0]


async def test_a_follow_up_is_answered_as_what_it_means(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await met(client, "zh")
    first = await ask(person, "制动液多久更换？")
    assert "理解" not in first["text"]
    second = await ask(person, "为什么？")
    assert second["text"].startswith("按“制动液多久更换？为什么？”理解\n\n")
    assert "制动液" in second["text"].partition("\n\n")[2]
    # The third looks back to what the second was taken for.
    third = await ask(person, "多久一次？")
    assert third["text"].startswith("按“制动液，多久一次？”理解")
    assert "两年" in third["text"]
    kept = sorted(await rows(brain.database, Question), key=lambda question: question.asked_at)
    assert [q.text for q in kept] == ["制动液多久更换？", "为什么？", "多久一次？"]
    assert [q.understood for q in kept] == [
        None,
        "制动液多久更换？为什么？",
        "制动液，多久一次？",
    ]


async def test_a_word_is_replaced_whole(client: PlaygroundClient) -> None:
    person = await met(client, "zh")
    await ask(person, "CVT能跑长途吗")
    assert (await ask(person, "那双离合呢"))["text"].startswith("按“双离合能跑长途吗”理解")


async def test_what_stands_alone_is_taken_as_it_stands(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await met(client)
    await ask(person, "When should brake fluid be changed?")
    answer = await ask(person, "Why does an EV lose range in winter?")
    assert "Taken as" not in answer["text"]
    assert "battery" in answer["text"]
    kept = sorted(await rows(brain.database, Question), key=lambda question: question.asked_at)
    assert [q.understood for q in kept] == [None, None]


async def test_new_begins_anew_and_old_turns_are_forgotten(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    await ask(person, "When should brake fluid be changed?")
    assert "Taken as" in (await ask(person, "Why?"))["text"]
    assert "new subject" in (await ask(person, "/new"))["text"]
    assert "Taken as" not in (await ask(person, "Why?"))["text"]
    await ask(person, "When should brake fluid be changed?")
    async with brain.database.write() as session:
        half_an_hour_ago = brain.clock() - timedelta(minutes=31)
        await session.execute(update(Question).values(asked_at=half_an_hour_ago))
    assert "Taken as" not in (await ask(person, "Why?"))["text"]


async def test_nobody_looks_back_to_anothers_questions(client: PlaygroundClient) -> None:
    ann = await met(client)
    bob = await met(client)
    await ask(ann, "When should brake fluid be changed?")
    assert "Taken as" not in (await ask(bob, "Why?"))["text"]
    assert "Taken as" in (await ask(ann, "Why?"))["text"]


async def test_html_in_a_follow_up_is_shown_as_it_is(client: PlaygroundClient) -> None:
    person = await met(client)
    await ask(person, "Is <b>brake fluid & water</b> a problem?")
    assert "<b>brake fluid & water</b>" in (await ask(person, "Why?"))["text"]


async def test_the_menu_and_help_name_new(client: PlaygroundClient) -> None:
    person = await met(client)
    snapshot = person.seen[0].data
    assert "new" in [command["command"] for command in snapshot["chat"]["commands"]]
    assert "/new" in (await ask(person, "/help"))["text"]
