"""Rich messages: proved, sent, opened, lost; and the classic form before and after."""

from typing import Any

from playground.client import Person, PlaygroundClient
from playground.plain import Json
from services.brain import Brain
from storage.models import User
from tests.bot.acts import agreed, button_data, change_item, rows, tap, with_button

SALON = "salon-first-car-shanghai"
QUESTION, ANSWERED = "制动液多久换一次？", "每两年"


async def proved(client: PlaygroundClient) -> Person:
    """A person whose app has shown that it draws the sample."""
    person = await agreed(client, language="zh")
    await person.send("/settings")
    menu = await with_button(person, "draw:sample")
    mark = person.now
    await tap(person, menu, "draw:sample")
    sample = await rich(person, mark)
    mark = person.now
    await person.click(sample, "draw:seen")
    await person.wait_text("以后的回答", since=mark)
    return person


async def rich(person: Person, since: int) -> Json:
    """The next rich message, new or edited."""
    event = await person.wait_for(
        lambda e: "rich_message" in (e.data.get("message") or {}), since=since
    )
    return dict(event.data["message"])


def kinds(message: Json) -> list[str]:
    return [block["type"] for block in message["rich_message"]["blocks"]]


def said(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "".join(map(said, node))
    if isinstance(node, dict):
        return "".join(said(v) for k, v in node.items() if k not in ("type", "name"))
    return ""


def acts(node: Any) -> list[str]:
    """The callback data of the buttons in a message's blocks."""
    if isinstance(node, list):
        return [data for each in node for data in acts(each)]
    if isinstance(node, dict):
        own = [str(node["callback_data"])] if "callback_data" in node else []
        return own + [data for each in node.values() for data in acts(each)]
    return []


async def test_an_answer_has_footnotes_and_its_sources_below(client: PlaygroundClient) -> None:
    person = await proved(client)
    mark = person.now
    await person.send(QUESTION)
    answer = await rich(person, mark)
    assert ANSWERED in said(answer["rich_message"])
    assert "details" in kinds(answer)
    assert "text" not in answer
    # What the buttons in it do is what those under a classic message do.
    (opens,) = [d for d in acts(answer["rich_message"]) if d.startswith("source:")][:1]
    mark = person.now
    await person.click(answer, opens)
    await person.wait_text("¶", since=mark)
    # A follow-up after a rich message, which has no text, is understood all the same.
    mark = person.now
    await person.send("那为什么呢？")
    follow = await rich(person, mark)
    assert "制动液" in said(follow["rich_message"])


async def test_whoever_sees_nothing_gets_the_same_as_a_classic_message(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await proved(client)
    await person.draw_rich(False)
    mark = person.now
    await person.send(QUESTION)
    answer = await rich(person, mark)
    assert person.reads(answer) == "", "an empty bubble"
    mark = person.now
    await tap(person, answer, "draw:empty")
    edited = await person.wait_text(ANSWERED, since=mark)
    assert edited["message_id"] == answer["message_id"]
    assert "rich_message" not in edited
    assert any(d.startswith("rate:") for d in button_data(edited))
    (row,) = await rows(brain.database, User, User.id == person.id)
    assert row.draws_rich is False
    mark = person.now
    await person.send(QUESTION)
    await person.wait_text(ANSWERED, since=mark)


async def test_a_refused_rich_message_is_sent_in_the_classic_form_once(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await proved(client)
    await client.fault("rich", method="sendRichMessage", times=1)
    mark = person.now
    await person.send(QUESTION)
    await person.wait_text(ANSWERED, since=mark)
    mark = person.now
    await person.send(QUESTION)
    await person.wait_text(ANSWERED, since=mark)
    (row,) = await rows(brain.database, User, User.id == person.id)
    assert row.draws_rich is False


async def test_cards_have_a_table_a_map_and_the_readers_own_time(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await proved(client)
    await change_item(brain.database, SALON, latitude=31.2, longitude=121.4)
    mark = person.now
    await person.start(f"item_{SALON}")
    card = await rich(person, mark)
    assert kinds(card)[:4] == ["heading", "paragraph", "table", "map"]
    assert "date_time" in str(card["rich_message"])
    # Booking there redraws the card in its place.
    (book,) = [d for d in acts(card["rich_message"]) if d.startswith("item:book:")]
    mark = person.now
    await person.click(card, book)
    again = await rich(person, mark)
    assert again["message_id"] == card["message_id"]
    assert any(d.startswith("item:cancel:") for d in acts(again["rich_message"]))


async def test_without_a_proof_nothing_is_rich(client: PlaygroundClient) -> None:
    person = await agreed(client, language="zh")
    await person.send(QUESTION)
    await person.wait_text(ANSWERED)
    sent = [call["method"] for call in await client.log()]
    assert "sendRichMessage" not in sent


async def test_the_sample_comes_once_after_the_first_questions(client: PlaygroundClient) -> None:
    person = await client.persona(language_code="zh")
    await person.start()
    await tap(person, await with_button(person, "consent:1"), "consent:1")
    for step in ("car", "topics", "city"):
        await tap(person, await with_button(person, f"onboard:{step}:"), f"onboard:{step}:")
    sample = await rich(person, 0)
    assert "draw:seen" in acts(sample["rich_message"])
