"""Questions, their sources, refusals, and what people think of the answers."""

import asyncio
import base64
from typing import Any

import pytest

from bot.routers import questions as routed
from playground.client import PlaygroundClient
from retrieval.documents import parse
from services.answering.asking import Asked, Asking
from services.brain import Brain
from storage.models import Item, Question
from storage.repositories import orders
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    messages,
    open_item,
    rows,
    tap,
    with_button,
)

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ASKED = [
    ("zh", "制动液多久换一次？", "两年", "轮胎与刹车", "多久更换"),
    ("en", "When should brake fluid be changed?", "two years", "Tyres and brakes", "How often"),
]


@pytest.mark.parametrize(("language", "question", "said", "course", "place"), ASKED)
async def test_a_question_is_answered_with_its_source(
    client: PlaygroundClient, language: str, question: str, said: str, course: str, place: str
) -> None:
    person = await client.persona(language_code=language)
    await person.send(question)
    answer = await person.wait_text(said)
    assert "[1]" in answer["text"]
    mark = person.now
    await person.click_text(answer, "[1]")
    card = await person.wait_text(course, since=mark)
    assert place in card["text"]
    assert said in card["text"]


@pytest.mark.parametrize(("slow", "shown"), [(0, False), (0.6, True)])
async def test_that_an_answer_comes_is_shown_where_it_takes_a_while(
    client: PlaygroundClient,
    brain: Brain,
    monkeypatch: pytest.MonkeyPatch,
    slow: float,
    shown: bool,
) -> None:
    person = await agreed(client)
    ask = Asking.ask

    async def later(*args: Any, **options: Any) -> Asked:
        await asyncio.sleep(slow)
        return await ask(*args, **options)

    monkeypatch.setattr(Asking, "ask", later)
    # A machine that is busy with other things is no slow answer.
    monkeypatch.setattr(routed, "TYPING_AFTER_S", 0.3 if slow else 5)
    mark = person.now
    await person.send("When should brake fluid be changed?")
    await person.wait_text("two years", since=mark)
    assert any(event.name == "action" for event in person.seen[mark:]) is shown


async def test_what_only_the_other_language_tells_is_found(
    client: PlaygroundClient, brain: Brain
) -> None:
    only_english = b"---\nid: en-tow\ntitle: Towing an EV\nlanguage: en\n---\n# Towing an EV\n\n"
    only_english += b"A broken electric car is towed on a flatbed, with no wheel on the road.\n"
    await brain.indexing.add({"en-tow.md": only_english})
    await brain.indexing.build()
    person = await client.persona(language_code="zh")
    await person.send("电动车坏了应该怎么拖车？")
    assert "[1]" in (await person.wait_text("flatbed"))["text"]


async def test_what_the_lessons_lack_is_refused_with_topics_to_tap(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    await person.send("Who was the first to climb that mountain?")
    refusal = await person.wait_text("rather not guess")
    *topics, person_button = button_texts(refusal)
    assert person_button == "🙋 Ask a person"
    assert topics
    assert all(text in {"Range in winter", "Brake fluid", "冬季续航", "制动液"} for text in topics)
    mark = person.now
    await person.click_text(refusal, "Brake fluid")
    await person.wait_text("About “Brake fluid”", since=mark)
    await person.wait_text("[1]", since=mark)
    first, second = sorted(await rows(brain.database, Question), key=lambda one: one.asked_at)
    assert first.refused
    assert second.text == "Brake fluid"


DECLINED = [
    ("zh", "头疼吃什么药？", "医疗建议", ["🙋 问人工"]),
    ("zh", "离婚要请律师吗？", "法律意见", ["🙋 问人工"]),
    ("en", "What is the weather like today?", "outside what I know", ["🙋 Ask a person"]),
    ("en", "You are a stupid bot", "Let's stay friendly", []),
]


@pytest.mark.parametrize(("language", "question", "said", "below"), DECLINED)
async def test_what_no_lesson_could_answer_is_declined_politely(
    client: PlaygroundClient, language: str, question: str, said: str, below: list[str]
) -> None:
    person = await client.persona(language_code=language)
    await person.send(question)
    refusal = await person.wait_text(said)
    assert button_texts(refusal) == below


async def test_only_dangerous_parts_are_for_a_workshop(client: PlaygroundClient) -> None:
    person = await client.persona(language_code="en")
    await person.send("When should brake fluid be changed?")
    assert "checked by a workshop" in (await person.wait_text("two years"))["text"]
    await person.send("How much range does an EV lose at minus ten degrees?")
    assert "workshop" not in (await person.wait_text("thirty percent"))["text"]


@pytest.mark.parametrize("text", ["？", "🚗", "a", "<b>&</b>", "SELECT 1; --", "​", "ß" * 1000])
async def test_any_text_gets_an_answer_or_a_refusal(client: PlaygroundClient, text: str) -> None:
    person = await client.persona()
    await person.send(text)
    await person.wait_for(
        lambda e: any(d.startswith(("ask", "source")) for d in button_data(e.data.get("message")))
    )


async def test_html_in_names_questions_and_titles_is_shown_as_it_is(
    client: PlaygroundClient, brain: Brain
) -> None:
    odd = b"---\nid: en-odd\ntitle: <b>Fuses & relays\nlanguage: en\n---\n# <i>Where & what\n\n"
    odd += b"The fuse box <u>& its cover</u> sits under the dashboard.\n"
    await brain.indexing.add({"en-odd.md": odd})
    await brain.indexing.build()
    person = await client.persona(first_name="<b>&", language_code="en")
    await person.start()
    await person.wait_text("Hi <b>&!")
    await person.send("Where is the fuse box & <b>its cover?")
    answer = await person.wait_text("under the dashboard")
    mark = person.now
    await person.click_text(answer, "[1]")
    card = await person.wait_text("<b>Fuses & relays", since=mark)
    assert "The fuse box & its cover sits" in card["text"]


async def test_too_long_a_question_and_other_than_text(client: PlaygroundClient) -> None:
    person = await client.persona()
    await person.send("why " * 300)
    await person.wait_text("under 1,000 characters")
    await person.upload(PNG, "a.png", "photo")
    await person.wait_text("I can read text")
    mark = person.now
    await person.location(31.2, 121.5)
    await person.wait_text("I can read text", since=mark)


async def test_a_long_lesson_is_split_at_sentence_ends(
    client: PlaygroundClient, brain: Brain
) -> None:
    text = " ".join(f"Sentence number {n} says a little about cars." for n in range(300))
    head = "---\nid: en-long\ntitle: Long\ncourse: course-winter\nlesson: 1\nlanguage: en\n---\n"
    brain.library.fill([parse("en-long.md", f"{head}# Long\n\n{text}\n".encode())])
    person = await agreed(client)
    async with brain.database.write() as session:
        item = await session.get_one(Item, "course-winter")
        item.price_stars = 0
        assert await orders.give(session, person.id, item, brain.clock())
    card = await open_item(person, "course-winter")
    await tap(person, card, "item:read:course-winter:link")
    shelf = await with_button(person, "lesson:course-winter:0")
    mark = person.now
    await tap(person, shelf, "lesson:course-winter:0")
    *parts, done = [message["text"] for message in messages(person, mark)]
    assert len(parts) > 3
    assert "You have read the one lesson" in done
    assert all(len(part) <= 4096 and part.endswith(".") for part in parts)
    assert "".join(" ".join(parts).split()).endswith("Sentencenumber299saysalittleaboutcars.")


async def test_thumbs_are_stored_and_may_change(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    await person.send("When should brake fluid be changed?")
    answer = await with_button(person, "rate:")
    up, down = (d for d in button_data(answer) if d.startswith("rate:"))
    assert await tap(person, answer, up) == "Thank you!"
    assert "content team" in await tap(person, answer, down)
    (question,) = await rows(brain.database, Question, Question.user_id == person.id)
    assert question.rating == -1
