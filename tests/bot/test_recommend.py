"""/recommend: cards with a reason, and what the taps on them change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from playground.client import Person, PlaygroundClient
from sample.behaviour import generate, load_items
from sample.loading import _signal, _user
from services.brain import Brain
from storage.models import Item, Question, Signal, User
from storage.repositories import signals, users
from tests.bot.acts import agreed, button_data, messages, rows, tap, verbs, with_button
from tests.storage.rows import user
from wording.reasons import why
from wording.texts import Texts


async def cards(person: Person, intro: str) -> list[dict[str, object]]:
    """The cards of one /recommend, when the last has come."""
    mark = person.now
    await person.send("/recommend")
    # The next command's answer comes after all cards.
    await person.send("/terms")
    await person.wait_text("Terms, in short", since=mark)
    first, *shown, _ = messages(person, mark)
    assert intro in first["text"]
    return shown


def item_of(card: dict[str, object]) -> str:
    return next(d for d in button_data(card) if d.startswith("item:open:")).split(":")[2]


async def test_a_new_user_gets_cards_with_price_or_date_reason_and_buttons(
    client: PlaygroundClient,
) -> None:
    person = await agreed(client)
    shown = await cards(person, "Picked for you")
    assert len(shown) == 4
    for card in shown:
        assert "⭐" in str(card["text"]) or "Free" in str(card["text"])
        assert "Why: " in str(card["text"])
        acts = [d.split(":")[1] for d in button_data(card)]
        assert acts == ["open", "like", "dismiss"]
    assert len({item_of(card) for card in shown}) == 4


async def test_without_consent_cards_are_general_and_nothing_is_kept(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona()
    shown = await cards(person, "Popular at the moment")
    item = item_of(shown[0])
    for act in ("like", "open", "dismiss"):
        toast = await tap(person, int(str(shown[0]["message_id"])), f"item:{act}:{item}:recommend")
        assert ("consent" in toast) == (act != "open")
    await person.send("When should brake fluid be changed?")
    answer = await with_button(person, "source:")
    await tap(person, answer, button_data(answer)[0])
    assert await rows(brain.database, Signal) == []
    (question,) = await rows(brain.database, Question)
    assert question.embedding is None


async def test_dismissed_cards_turn_into_others_and_never_come_back(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    shown = await cards(person, "Picked for you")
    seen = [item_of(card) for card in shown]
    message = int(str(shown[0]["message_id"]))
    dismissed = []
    for _ in range(3):
        mark = person.now
        gone = seen[0]
        toast = await tap(person, message, f"item:dismiss:{gone}:recommend")
        assert "won't show it again" in toast
        edit = await person.wait_for(lambda e: e.name == "edit", since=mark)
        seen[0] = item_of(edit.data["message"])
        assert len(set(seen)) == 4
        dismissed.append(gone)
    assert len(set(dismissed)) == 3
    again = {item_of(card) for card in await cards(person, "Picked for you")}
    assert not again & set(dismissed)
    assert [verb for verb in await verbs(brain.database, person) if "dismissed" in verb] == [
        f"dismissed {item}" for item in dismissed
    ]


async def test_the_reason_is_what_the_person_did(client: PlaygroundClient) -> None:
    person = await agreed(client)
    overview = await with_button(person, "onboard:car")
    await tap(person, overview, "onboard:car:owns")
    await tap(person, overview, "onboard:topics:money")
    await tap(person, overview, "onboard:city:shanghai")
    shown = await cards(person, "Picked for you")
    reasons = " ".join(str(card["text"]) for card in shown)
    assert "you chose insurance" in reasons
    # Events of other cities are nothing for them.
    assert not any(city in reasons for city in ("Shenzhen", "Beijing", "Chengdu"))
    await person.send("How much range does an EV lose in winter?")
    await with_button(person, "source:")
    later = " ".join(str(card["text"]) for card in await cards(person, "Picked for you"))
    assert "close to what you asked" in later


async def test_an_empty_catalogue_is_no_error(client: PlaygroundClient, brain: Brain) -> None:
    async with brain.database.write() as session:
        await session.execute(delete(Item))
    person = await agreed(client)
    await person.send("/recommend")
    await person.wait_text("You have seen all")
    await person.send("When should brake fluid be changed?")
    await person.wait_text("two years")
    await person.send("/events")
    await person.wait_text("No events are planned")


@pytest.fixture
async def trained(brain: Brain) -> Brain:
    """A model trained on a small sample of invented people."""
    now = brain.clock()
    behaviour = generate(load_items(), users=120, now=now)
    async with brain.database.write() as session:
        await users.save(session, [_user(one, now) for one in behaviour.users])
        await signals.record(session, [_signal(one) for one in behaviour.signals])
    await brain.training.train()
    return brain


async def test_a_trained_model_serves_the_cards(trained: Brain, client: PlaygroundClient) -> None:
    person = await agreed(client)
    assert "popular with others" in " ".join(
        str(card["text"]) for card in await cards(person, "Picked for you")
    )
    async with trained.database.write() as session:
        liked = [
            {
                "user_id": person.id,
                "verb": "liked",
                "object_type": "item",
                "object_id": item,
                "source": "test",
                "occurred_at": trained.clock() - timedelta(minutes=1),
                "idempotency_key": item,
            }
            for item in ("course-ev", "course-charging", "audio-commute-ev")
        ]
        await signals.record(session, liked)
    after = [str(card["text"]) for card in await cards(person, "Picked for you")]
    assert any("you liked “" in text for text in after)


async def test_a_reason_says_what_was_done_and_no_more(trained: Brain) -> None:
    """Who only put a thing away, or opened it as an answer's source, hasn't looked at it."""
    told: dict[str, set[str]] = {}
    for number, verb in enumerate(("viewed", "liked", "progressed", "dismissed")):
        async with trained.database.write() as session:
            await users.save(session, [user(7000 + number, topics=[], city=None)])
            act = {"verb": verb, "object_type": "item", "object_id": "course-ev"}
            when = trained.clock() - timedelta(minutes=1)
            more = {"value": 0.9, "source": "test", "occurred_at": when, "idempotency_key": verb}
            await signals.record(session, [{"user_id": 7000 + number, **act, **more}])
            row = await session.get_one(User, 7000 + number)
        picks = await trained.recommendations.pick(row, 100, now=trained.clock())
        told[verb] = {
            why(replace(pick, reasons=(reason,)), Texts("en")).partition(" “")[0]
            for pick in picks
            for reason in pick.reasons
            if reason.kind == "item"
        }
    acted = {"going by what you did here"}
    assert told == {
        "viewed": {"you looked at"},
        "liked": {"you liked"},
        "progressed": acted,
        "dismissed": acted,
    }
