"""Groups: who mentions the bot is answered in short, nobody else at all."""

import asyncio

from bot.groups import MAX_WAITING, MESSAGES, PERIOD_S, GroupPace
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from services.brain import Brain
from storage.models import Question, Signal, User
from tests.bot.acts import agreed, messages, rows

NAME = "@playground_4242_bot"


async def next_message(group: Person, since: int) -> Json:
    await group.wait_for(lambda e: bool(messages(group, since)), since=since)
    return messages(group, since)[0]


async def test_a_mention_is_answered_in_short_and_talk_is_not(
    client: PlaygroundClient, brain: Brain
) -> None:
    ann = await client.persona(first_name="Ann", language_code="en")
    bob = await client.persona(first_name="Bob", language_code="en")
    group = await client.group("Drivers", ann, bob)
    for text in ("When should brake fluid be changed?", "/help", "@somebody_else why?", "/new"):
        await group.say(bob, text)
    asked = await group.say(ann, f"{NAME.upper()}, when should brake fluid be changed?")
    answer = await group.wait_text("two years")
    assert "[1] Brake fluid · " in answer["text"]
    assert "checked by a workshop" in answer["text"]
    assert answer["reply_to_message"]["message_id"] == asked["message_id"]
    assert "reply_markup" not in answer
    (question,) = await rows(brain.database, Question)
    assert (question.user_id, question.group_id) == (None, None), "she hasn't agreed to more"
    assert question.text == "when should brake fluid be changed?"
    assert messages(group) == [answer]
    # Nothing is kept of Bob, and of Ann no behaviour without her consent.
    assert await rows(brain.database, User, User.id == bob.id) == []
    assert await rows(brain.database, Signal) == []


async def test_a_reply_to_the_bot_may_be_a_follow_up(client: PlaygroundClient) -> None:
    ann = await agreed(client)
    bob = await client.persona(first_name="Bob", language_code="en")
    group = await client.group("Drivers", ann, bob)
    await group.say(ann, f"When should brake fluid be changed? {NAME}")
    answer = await group.wait_text("two years")
    mark = group.now
    talk = await group.say(bob, "I don't believe that")
    await group.say(ann, "Neither do I", talk["message_id"])
    await group.say(ann, "Why?", answer["message_id"])
    assert (await next_message(group, mark))["text"].startswith("Taken as: “When should brake")
    # In private she has asked nothing yet.
    mark = ann.now
    await ann.send("Why?")
    assert "Taken as" not in (await next_message(ann, mark))["text"]


async def test_what_a_group_cannot_have_is_told(client: PlaygroundClient, brain: Brain) -> None:
    ann = await client.persona(language_code="en")
    group = await client.group("Drivers", ann)
    for text, said in (
        (NAME, "mention me or reply to me"),
        (f"/privacy{NAME}", "mention me or reply to me"),
        (f"{NAME} " + "why " * 300, "under 1,000 characters"),
        (f"{NAME} How do I bake sourdough bread at home?", "outside what I know"),
        (f"{NAME} Who was the first to climb that mountain?", "rather not guess"),
    ):
        mark = group.now
        await group.say(ann, text)
        reply = await next_message(group, mark)
        assert said in reply["text"]
        assert "reply_markup" not in reply


async def test_a_group_gets_no_apologies(client: PlaygroundClient) -> None:
    ann = await client.persona(language_code="en")
    group = await client.group("Drivers", ann)
    await client.fault("500", method="sendMessage", times=1)
    await group.say(ann, NAME)
    await group.say(ann, f"{NAME} When should brake fluid be changed?")
    assert "two years" in (await next_message(group, 0))["text"]


async def test_a_group_gets_no_more_messages_a_minute_than_telegram_takes() -> None:
    now, slept = 1000.0, asyncio.Event()

    async def sleep(seconds: float) -> None:
        wake = now + seconds
        while now < wake:
            await slept.wait()

    pace = GroupPace(lambda: now, sleep)
    assert all([await pace.turn(-1) for _ in range(MESSAGES)])
    waiting = [asyncio.create_task(pace.turn(-1)) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    assert not await pace.turn(-1)
    assert await pace.turn(-2)
    assert not any(task.done() for task in waiting)
    now += PERIOD_S
    slept.set()
    assert all(await asyncio.gather(*waiting))
    assert pace._taken(-1) == PERIOD_S


async def test_what_is_for_one_person_is_seen_by_nobody_else(
    client: PlaygroundClient, brain: Brain
) -> None:
    ann, bob, carl = [await agreed(client, name) for name in ("Ann", "Bob", "Carl")]
    group = await client.group("Drivers", ann, bob, carl)
    views = [await client.group_as(group, person) for person in (ann, bob, carl)]
    await group.say(ann, f"/recommend{NAME}")
    seen = await views[0].wait_text("Only you see this")
    assert "start=item_" in str(seen["entities"])
    assert "reply_markup" not in seen, "what followed a tap would be public"
    await group.say(bob, f"/my{NAME}")
    await views[1].wait_text("nothing yet")
    for view in (group, views[2]):
        assert not any("Only you" in m.get("text", "") for m in messages(view))


async def test_where_nothing_can_be_shown_to_one_a_link_leads_to_their_own_chat(
    client: PlaygroundClient,
) -> None:
    ann = await agreed(client)
    group = await client.group("Drivers", ann)
    await client.fault("ephemeral", times=1)
    await group.say(ann, f"/recommend{NAME}")
    told = await group.wait_text("in our own chat")
    assert "start=recommend" in str(told["entities"])
    assert "item_" not in str(told), "nothing that is hers stands before all"


async def test_a_guest_gives_one_cited_answer_and_keeps_nothing(
    client: PlaygroundClient, brain: Brain
) -> None:
    ann = await client.persona(first_name="Ann", language_code="en")
    strangers = await client.group("Strangers", ann, has_bot=False)
    await strangers.say(ann, f"{NAME} when should brake fluid be changed?")
    answer = await strangers.wait_text("two years")
    assert "[1] Brake fluid · " in answer["text"]
    assert answer["guest_bot_caller_user"]["id"] == ann.id
    mark = strangers.now
    await strangers.say(ann, f"{NAME} what does the purple Zorb lamp mean?")
    assert "two years" not in (await strangers.wait_text("", since=mark))["text"]
    for table in (Question, Signal):
        assert await rows(brain.database, table) == []
    assert await rows(brain.database, User, User.id == ann.id) == []
