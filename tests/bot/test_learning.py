"""A course's lessons are read one after the other, asked about, and certified."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select

from activities.certificates import check, initials, proper_name
from activities.membership import Memberships
from activities.shop import Shop
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from services.brain import Brain
from services.content.quizzes import Quizzes
from storage.models import Certificate, Item, Order, Plan, QuizAnswer, QuizWeek
from storage.repositories import golden, memberships, orders, rights
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    open_item,
    rows,
    tap,
    verbs,
    with_button,
)
from tests.bot.command_line import Run

COURSE = "course-winter"
# Each answers its own question, and none of the others.
FACTS = {
    "chains": ("When must snow chains go on?", "Snow chains go on before the snowy climb begins."),
    "wipers": (
        "How do I free frozen wipers?",
        "Frozen wipers are freed with de-icer, never by hand.",
    ),
    "glow": ("How long does a diesel glow?", "A cold diesel engine glows for about three seconds."),
    "salt": (
        "How often to wash off road salt?",
        "Road salt is washed off every two weeks in winter.",
    ),
}


def lesson(
    name: str, number: int, course: str = COURSE, facts: Mapping[str, tuple[str, str]] = FACTS
) -> bytes:
    question, fact = facts[name]
    head = f"id: en-{name}\ntitle: About {name}\ncourse: {course}\nlesson: {number}\n"
    head += "course_title: Winter\nlanguage: en\ntopics: [winter]\n"
    return f"---\n{head}---\n# About {name}\n\n## {question}\n\n{fact}\n".encode()


@pytest.fixture
async def lessons(brain: Brain) -> None:
    await stock(brain, FACTS)


async def stock(brain: Brain, facts: Mapping[str, tuple[str, str]]) -> None:
    """Two lessons of the course, two of another of the same topic, each with its question."""
    files = {
        f"en-{name}.md": lesson(name, n % 2 + 1, COURSE if n < 2 else "course-safety", facts)
        for n, name in enumerate(facts)
    }
    await brain.indexing.add(files)
    await brain.indexing.build()
    questions = [
        {"question": question, "language": "en", "documents": [f"en-{name}"]}
        for name, (question, _) in facts.items()
    ]
    async with brain.database.write() as session:
        await golden.save(session, questions)


@pytest.fixture
async def buyer(client: PlaygroundClient, brain: Brain) -> Person:
    """Somebody who owns the course."""
    person = await agreed(client)
    async with brain.database.write() as session:
        item = await session.get_one(Item, COURSE)
        item.price_stars = 0
        assert await orders.give(session, person.id, item, brain.clock())
    return person


async def shelf(person: Person) -> Json:
    card = await open_item(person, COURSE)
    mark = person.now
    await tap(person, card, f"item:read:{COURSE}:link")
    return await with_button(person, f"lesson:{COURSE}", since=mark)


async def read_all(person: Person) -> Json:
    """Reads both lessons; the message that offers the certificate."""
    first = await shelf(person)
    mark = person.now
    for number in (0, 1):
        await tap(person, first, f"lesson:{COURSE}:{number}")
    return await with_button(person, f"learn:cert:{COURSE}", since=mark)


async def test_lessons_are_gone_on_with_where_one_stopped(
    lessons: None, buyer: Person, brain: Brain
) -> None:
    first = await shelf(buyer)
    assert f"learn:on:{COURSE}" not in button_data(first)
    await tap(buyer, first, f"lesson:{COURSE}:0")
    assert await verbs(brain.database, buyer) == [
        f"viewed {COURSE}",
        f"viewed {COURSE}",
        f"progressed {COURSE}",
    ]
    mark = buyer.now
    await buyer.send("/my")
    mine = await with_button(buyer, "item:open", since=mark)
    assert any("1/2" in text for text in button_texts(mine))
    card = await open_item(buyer, COURSE)
    assert f"learn:on:{COURSE}" in button_data(card)
    assert button_texts(await shelf(buyer))[:2] == ["▶ Go on where I stopped", "✓ 1. About chains"]
    mark = buyer.now
    await tap(buyer, mine, f"learn:on:{COURSE}")
    assert FACTS["wipers"][1] in (await buyer.wait_text("About wipers", since=mark))["text"]
    await buyer.wait_text("all 2 lessons", since=mark)
    # Read once more, it is no second completion.
    await tap(buyer, first, f"lesson:{COURSE}:0")
    told = [v.split()[0] for v in await verbs(brain.database, buyer)]
    assert (told.count("completed"), told.count("progressed")) == (1, 3)
    mark = buyer.now
    await buyer.send("/my")
    assert not [
        d for d in button_data(await with_button(buyer, "item:open", since=mark)) if "learn" in d
    ]


async def test_a_quiz_has_the_lessons_own_sentences_and_counts_once(
    lessons: None, buyer: Person, brain: Brain
) -> None:
    first = await shelf(buyer)
    mark = buyer.now
    await tap(buyer, first, f"lesson:{COURSE}:0")
    shown = await with_button(buyer, f"quiz:{COURSE}:0", since=mark)
    mark = buyer.now
    await tap(buyer, shown, f"quiz:{COURSE}:0::")
    asked = await with_button(buyer, f"quiz:{COURSE}:0:", since=mark)
    question, fact = FACTS["chains"]
    assert question in asked["text"]
    choices = [line[2:] for line in asked["text"].split("\n\n")[1:]]
    assert fact in choices
    assert len(choices) >= 3
    assert set(choices) <= {said for _, said in FACTS.values()}
    right = choices.index(fact)
    data = button_data(asked)
    assert "Not quite" in await tap(buyer, asked, data[right - 1])
    edited = (await buyer.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert f"✅ {'ABCD'[right]} {fact}" in edited["text"]
    assert "❌" in edited["text"]
    assert edited["text"].split("\n\n")[-1].count("About chains") == 1
    assert f"lesson:{COURSE}:1" in button_data(edited)
    assert f"quiz_answered {COURSE}" in await verbs(brain.database, buyer)
    # Whoever asks for it again can't mend it.
    mark = buyer.now
    await tap(buyer, shown, f"quiz:{COURSE}:0::")
    again = await with_button(buyer, f"quiz:{COURSE}:0:", since=mark)
    assert "first answer" in await tap(buyer, again, data[right])
    (answer,) = await rows(brain.database, QuizAnswer)
    assert not answer.right
    assert not await rows(brain.database, QuizWeek)


async def test_where_choices_are_too_few_there_is_no_quiz(lessons: None, brain: Brain) -> None:
    book = Quizzes(brain.database, brain.answer_service, brain.library, brain.clock)
    document = brain.library.document("en-chains")
    assert document is not None
    (quiz,) = await book.of_lesson(document)
    assert quiz.choices[quiz.right] == FACTS["chains"][1]
    # A question whose document answers this one, too, gives no wrong choice.
    both = {"question": FACTS["glow"][0], "language": "en", "documents": ["en-glow", "en-chains"]}
    other = {"question": FACTS["salt"][0], "language": "en", "documents": ["en-salt", "en-chains"]}
    async with brain.database.write() as session:
        await golden.save(session, [both, other])
    book = Quizzes(brain.database, brain.answer_service, brain.library, brain.clock)
    assert await book.of_lesson(document) == []


async def test_a_certificate_is_named_sent_checked_and_revoked(
    lessons: None, buyer: Person, client: PlaygroundClient, brain: Brain, tmp_path: Path, run: Run
) -> None:
    early = await shelf(buyer)
    done = await read_all(buyer)
    assert f"learn:cert:{COURSE}" in button_data(await shelf(buyer))
    mark = buyer.now
    await tap(buyer, done, f"learn:cert:{COURSE}")
    await buyer.wait_text("Which name", since=mark)
    for bad in ("🚗", "x" * 41, "12", "<b>", "Ан\u0300на ☃"):
        mark = buyer.now
        await buyer.send(bad)
        await buyer.wait_text("can't stand on a certificate", since=mark)
    mark = buyer.now
    await buyer.send("Zoë 王小明")
    sent = await with_button(buyer, f"learn:show:{COURSE}", since=mark)
    (row,) = await rows(brain.database, Certificate)
    assert (row.name, row.lessons, row.shows_name) == ("Zoë 王小明", 2, False)
    assert len(row.code) == 20
    pdf = await file_of(client, sent)
    words = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "Zoë 王小明" in words
    assert f"start=cert_{row.code}" in words

    def verified() -> tuple[int, Json]:
        told = run("--data-dir", tmp_path, "certificate", "verify", row.code.lower(), "--json")
        return told.exit_code, json.loads(told.stdout)

    async def followed(part: str, person: Person) -> str:
        mark = person.now
        await person.start(f"cert_{row.code}")
        return str((await person.wait_text(part, since=mark))["text"])

    stranger = await client.persona(first_name="S")
    assert "Z. 王." in await followed("A valid certificate", stranger)
    await tap(buyer, sent, f"learn:show:{COURSE}")
    assert "Zoë 王小明" in await followed("A valid certificate", stranger)
    await tap(buyer, sent, f"learn:hide:{COURSE}")
    assert "小明" not in await followed("A valid certificate", stranger)
    # Asked for again, it is the same one.
    await tap(buyer, done, f"learn:cert:{COURSE}")
    assert len(await rows(brain.database, Certificate)) == 1
    async with brain.database.read() as session:
        order = (await session.scalars(select(Order))).one()
    assert order.id == row.opened_by
    await revoke(brain, order)
    assert "Not valid any more" in await followed("certificate", stranger)
    assert "isn't open to you" in await tap(buyer, done, f"learn:cert:{COURSE}")
    assert await tap(buyer, early, f"lesson:{COURSE}:0")
    mark = stranger.now
    await stranger.start("cert_" + "A" * 20)
    await stranger.wait_text("No certificate", since=mark)


async def revoke(brain: Brain, order: Order) -> None:
    """As a refund ends."""
    shop = Shop(Silent(), brain.database, brain.clock)  # type: ignore[arg-type]
    await shop._note_refund(order, await item_of(brain), undelivered=False)


async def item_of(brain: Brain) -> Item:
    (item,) = await rows(brain.database, Item, Item.id == COURSE)
    return item


async def file_of(client: PlaygroundClient, message: Json) -> bytes:
    found = message["document"]
    async with client.session.get(f"{client._url}/api/files/{found['file_id']}") as response:
        return bytes(await response.read())


async def test_a_members_certificate_ends_with_the_month_or_their_data(
    lessons: None, client: PlaygroundClient, brain: Brain
) -> None:
    person, database, now = await agreed(client), brain.database, brain.clock()
    plan = {"id": "p", "title": {"en": "P"}, "summary": {"en": "P"}, "courses": [COURSE]}
    plan |= {"price_stars": 5, "active": True, "updated_at": now}
    until = now + timedelta(days=30)
    async with database.write() as session:
        await memberships.save_plans(session, [plan])
        row = await session.get_one(Plan, "p")
        for charge in ("c1", "c2"):
            opened = await memberships.open_membership(session, person.id, row, now)
            await memberships.pay(session, opened.id, charge, 5, until, now)
            await memberships.set_status(session, opened.id, "cancelled", ("active",), now)
    done = await read_all(person)
    mark = person.now
    await tap(person, done, f"learn:cert:{COURSE}")
    await person.wait_text("Which name", since=mark)
    await person.send("Ann")
    sent = await with_button(person, f"learn:name:{COURSE}", since=mark)
    mark = person.now
    await tap(person, sent, f"learn:name:{COURSE}")
    await person.wait_text("Which name", since=mark)
    await person.send("Bea")
    await with_button(person, f"learn:name:{COURSE}", since=mark)
    (first,) = await rows(database, Certificate)
    assert first.name == "Bea"
    silent = Memberships(Silent(), database, brain.clock)  # type: ignore[arg-type]
    await silent.refunded_elsewhere(first.opened_by)
    told = await check(database, first.code)
    assert told is not None
    assert not told.valid
    # The other month opens the course still, so there may be a new one.
    mark = person.now
    await tap(person, done, f"learn:cert:{COURSE}")
    await with_button(person, f"learn:name:{COURSE}", since=mark)
    (second,) = await rows(database, Certificate, Certificate.revoked_at.is_(None))
    assert second.opened_by != first.opened_by
    async with database.read() as session:
        copy = await rights.export(session, person.id)
    assert len(copy["certificates"]) == len(copy["lessons_read"]) == 2
    async with database.write() as session:
        await rights.erase(session, person.id)
    assert await check(database, second.code) is None


class Silent:
    """A messenger that nobody hears."""

    async def send(self, *_: object) -> int:
        return 1


def test_names_and_initials() -> None:
    assert proper_name("  Anna-Maria   O’Neill ") == "Anna-Maria O’Neill"
    assert [initials(name) for name in ("Anna-Maria O’Neill", "王小明", "Ö. Ål")] == [
        "A. M. O.",
        "王**",
        "Ö. Å.",
    ]
    for bad in ("", "  ", "...", "a\u202eb", "เขียน", "a@b.c", "x" * 41):
        assert proper_name(bad) is None, bad
