"""The car quiz: played in the chat, counted once, shown on the leaderboard to whoever wants."""

from datetime import UTC, datetime

import pytest

from activities.quizzing import MOST_OPTION, shown_name, week_of
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from playground.server import Playground
from services.brain import Brain
from storage.models import QuizAnswer, QuizPoll, QuizWeek
from storage.repositories import rights
from tests.bot.acts import (
    Redelivery,
    agreed,
    change_item,
    messages,
    open_item,
    rows,
    tap,
    verbs,
    with_button,
)
from tests.bot.test_learning import FACTS, lessons, stock

__all__ = ["lessons"]
GAME = "game-dashboard-quiz"


async def poll(person: Person, since: int) -> Json:
    event = await person.wait_for(
        lambda e: e.name == "message" and "poll" in e.data["message"], since=since
    )
    return dict(event.data["message"])


def right_option(message: Json) -> int:
    facts = dict(FACTS.values())
    options = [option["text"] for option in message["poll"]["options"]]
    assert len(set(options)) == len(options) >= 3
    return options.index(facts[message["poll"]["question"]])


async def play(person: Person, *, right: bool = True) -> Json:
    """Asks for a question and answers it; the message with the points."""
    mark = person.now
    await person.send("/quiz")
    asked = await poll(person, mark)
    option = right_option(asked)
    mark = person.now
    chosen = option if right else (option + 1) % len(asked["poll"]["options"])
    await person.vote(asked, chosen)
    return await with_button(person, "play:next", since=mark)


async def test_points_are_given_once_and_shown_to_whoever_wants(
    lessons: None, client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    again = Redelivery(pg)
    told = await play(ann)
    assert "Right" in told["text"]
    assert "this week: 1" in told["text"]
    again.repeat("poll_answer")
    assert "Not quite" in (await play(ann, right=False))["text"]
    assert "this week: 2" in (await play(ann))["text"]
    await play(bob)
    assert len(await rows(brain.database, QuizAnswer, QuizAnswer.user_id == ann.id)) == 3
    (week,) = await rows(brain.database, QuizWeek, QuizWeek.user_id == ann.id)
    assert week.points == 2
    mark = ann.now
    await ann.send("/my")
    await ann.wait_text("this week: 2", since=mark)
    assert not await rows(brain.database, QuizPoll)
    assert [v.split()[0] for v in await verbs(brain.database, ann)] == ["quiz_answered"] * 3
    # Nobody is on the leaderboard who didn't ask for it, under the name that they gave.
    mark = ann.now
    await ann.send("/leaderboard")
    board = await with_button(ann, "play:join", since=mark)
    assert "Nobody is on it" in board["text"]
    mark = ann.now
    await tap(ann, board, "play:join:")
    await ann.wait_text("Under which name", since=mark)
    for bad in ("t.me", "<script>", "x" * 25):
        mark = ann.now
        await ann.send(bad)
        await ann.wait_text("can't stand there", since=mark)
    mark = ann.now
    await ann.send("Octane & Co".replace("&", "and"))
    board = await with_button(ann, "play:leave", since=mark)
    assert "🥇 Octane and Co · 2" in board["text"]
    mark = bob.now
    await bob.send("/leaderboard")
    seen = (await with_button(bob, "play:join", since=mark))["text"]
    assert "Octane and Co · 2" in seen
    assert "Bob" not in seen
    mark = ann.now
    await tap(ann, board, "play:leave:")
    edited = await ann.wait_for(lambda e: e.name == "edit", since=mark)
    assert "Octane" not in edited.data["message"]["text"]
    # Their data goes with them.
    async with brain.database.write() as session:
        assert len((await rights.export(session, ann.id))["quiz_answers"]) == 3
        await rights.erase(session, ann.id)
    assert not await rows(brain.database, QuizWeek, QuizWeek.user_id == ann.id)


async def test_a_game_opens_the_quiz_of_its_topics(
    lessons: None, client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    await change_item(brain.database, GAME, active=True, topics=["winter"])
    card = await open_item(person, GAME)
    for _ in FACTS:
        mark = person.now
        await tap(person, card, f"item:play:{GAME}:link")
        asked = await poll(person, mark)
        assert asked["poll"]["explanation"].count("About ") == 1
        await person.vote(asked, right_option(asked))
        await with_button(person, f"play:next:{GAME}", since=mark)
    assert f"quiz_answered {GAME}" in await verbs(brain.database, person)
    mark = person.now
    await tap(person, card, f"item:play:{GAME}:link")
    await person.wait_text("no question left", since=mark)
    await change_item(brain.database, GAME, active=False)
    assert await tap(person, card, f"item:play:{GAME}:link") == "This is no longer on offer."


async def test_sentences_too_long_for_telegram_stand_above_the_quiz(
    client: PlaygroundClient, brain: Brain
) -> None:
    long = {
        "chains": ", as wheels that spin already dig ever deeper into the slush beneath the car",
        "wipers": ", or else rubber tears off its metal arm and leaves streaks across your view",
        "glow": ", shown by an orange coil lamp; only once this is out should you turn the key",
        "salt": ", most of all under sills, arches and brake lines, where corrosion starts unseen",
    }
    said = {name: (asks, fact[:-1] + long[name] + ".") for name, (asks, fact) in FACTS.items()}
    assert min(len(fact) for _, fact in said.values()) > MOST_OPTION
    await stock(brain, said)
    ann = await agreed(client, "Ann")
    mark = ann.now
    await ann.send("/quiz")
    asked = await poll(ann, mark)
    above = messages(ann, mark)[-2]["text"]
    choices = dict(line.split(" ", 1) for line in above.split("\n\n"))
    assert [option["text"] for option in asked["poll"]["options"]] == list(choices)
    right = list(choices.values()).index(dict(said.values())[asked["poll"]["question"]])
    await ann.vote(asked, right)
    assert "Right" in (await with_button(ann, "play:next", since=mark))["text"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [(" Ann  B. ", "Ann B."), ("小明_7", "小明_7"), ("a.b", None), ("🚗", None), ("", None)],
)
def test_names_on_the_leaderboard(name: str, kept: str | None) -> None:
    assert shown_name(name) == kept


def test_a_week_begins_on_monday_in_china() -> None:
    sunday = datetime(2026, 11, 29, 15, 59, tzinfo=UTC)
    assert str(week_of(sunday)) == "2026-11-23"
    assert str(week_of(sunday.replace(hour=16))) == "2026-11-30"
