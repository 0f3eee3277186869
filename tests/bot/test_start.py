"""First contact: consent, onboarding, languages, help."""

import pytest

from playground.client import Person, PlaygroundClient
from services.brain import Brain
from storage.models import Question
from tests.bot.acts import agreed, button_texts, messages, rows, tap, user, with_button

CASES = {
    "zh-hans": ("小雨，你好", "同意", "我有车", "🔋", "杭州", "好了"),
    "en": ("Hi 小雨", "Agree", "I own a car", "🔋", "Hangzhou", "All set"),
}


async def press(person: Person, text: str, since: int) -> str:
    """Taps the newest button of this text."""
    event = await person.wait_for(
        lambda e: any(text in t for t in button_texts(e.data.get("message"))), since=since
    )
    toast = await person.toast(await person.click_text(event.data["message"], text))
    return str(toast.get("text") or "")


@pytest.mark.parametrize("language", CASES)
async def test_three_taps_after_consent_are_stored(
    client: PlaygroundClient, brain: Brain, language: str
) -> None:
    welcome, yes, car, topics, city, done = CASES[language]
    person = await client.persona(first_name="小雨", language_code=language)
    await person.start()
    await person.wait_text(welcome)
    assert "/privacy" in await press(person, yes, 0)
    for text in (car, topics, city):
        await press(person, text, 0)
    await person.wait_text(done)
    row = await user(brain.database, person)
    assert row.personalisation is True
    assert row.consented_at is not None
    assert (row.car, row.city) == ("owns", "杭州")
    assert row.topics == ["ev", "hybrid", "battery", "charging"]
    # The questions took each other's place: two messages, then the sample of a rich one.
    await person.wait_for(lambda e: "rich_message" in (e.data.get("message") or {}))
    assert len(messages(person)) == 4


async def test_who_declines_is_asked_nothing_more(client: PlaygroundClient, brain: Brain) -> None:
    person = await client.persona()
    await person.start()
    await tap(person, await with_button(person, "consent:0"), "consent:0")
    await person.wait_text("I keep no notes")
    row = await user(brain.database, person)
    assert row.personalisation is False
    mark = person.now
    await person.start()
    await person.wait_text("Good to see you again", since=mark)
    assert len(messages(person, mark)) == 1


async def test_skipping_stores_nothing_and_another_city_takes_back_the_first(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    message = await with_button(person, "onboard:car")
    for step in ("car", "topics", "city"):
        await tap(person, message, f"onboard:{step}:")
    row = await user(brain.database, person)
    assert (row.car, row.topics, row.city) == (None, [], None)
    await person.send("/privacy")
    overview = await with_button(person, "privacy:preferences")
    await tap(person, overview, "privacy:preferences")
    await tap(person, overview, "onboard:car:plans")
    await tap(person, overview, "onboard:topics:used")
    await tap(person, overview, "onboard:city:beijing")
    assert (await user(brain.database, person)).city == "北京"
    mark = person.now
    await person.send("/privacy")
    overview = await with_button(person, "privacy:preferences", since=mark)
    await tap(person, overview, "privacy:preferences")
    await tap(person, overview, "onboard:car:")
    await tap(person, overview, "onboard:topics:")
    await tap(person, overview, "onboard:city:other")
    row = await user(brain.database, person)
    assert (row.car, row.topics, row.city) == ("plans", ["used_car"], None)


async def test_a_deep_link_shows_the_item_then_asks_for_consent(client: PlaygroundClient) -> None:
    person = await client.persona()
    await person.start("item_course-winter")
    await person.wait_text("⭐\u00a0150")
    await person.wait_text("Your data, your choice")
    gone = person.now
    await person.start("item_no-such-item")
    await person.wait_text("no longer on offer", since=gone)


async def test_help_and_an_unknown_command(client: PlaygroundClient) -> None:
    person = await client.persona()
    await person.send("/help")
    text = (await person.wait_text("/recommend"))["text"]
    assert "/broadcast" not in text
    await person.send("/dance")
    await person.wait_text("don't know this command")


@pytest.mark.parametrize(
    ("code", "word"), [("zh", "车"), ("zh-hant", "车"), ("en", "cars"), ("de", "cars")]
)
async def test_the_language_is_telegrams(client: PlaygroundClient, code: str, word: str) -> None:
    person = await client.persona(language_code=code)
    await person.send("/help")
    await person.wait_text(word)
    commands = (await person.wait_event("snapshot"))["chat"]["commands"]
    described = {command["command"]: command["description"] for command in commands}
    assert described["help"] == ("我能做什么" if code.startswith("zh") else "What I can do")


async def test_a_chosen_language_stays(client: PlaygroundClient, brain: Brain) -> None:
    person = await client.persona(language_code="en")
    await person.send("/language")
    message = await with_button(person, "language:")
    await tap(person, message, "language:zh")
    await person.wait_text("我会用中文回答")
    mark = person.now
    await person.send("/help")
    await person.wait_text("近期活动", since=mark)
    assert (await user(brain.database, person)).language == "zh"
    menus = [e.data["commands"] for e in person.seen if e.name == "commands"]
    assert {"command": "help", "description": "我能做什么"} in menus[-1]
    mark = person.now
    await person.send("/language")
    await tap(person, await with_button(person, "language:", since=mark), "language:auto")
    await person.wait_text("I'll speak English", since=mark)
    assert (await user(brain.database, person)).language is None


async def test_a_question_may_come_before_the_consent(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona()
    await person.send("When should brake fluid be changed?")
    await person.wait_text("two years")
    await person.wait_text("Your data, your choice")
    (question,) = await rows(brain.database, Question)
    assert question.embedding is None
    assert question.user_id is None
    mark = person.now
    await person.send("How much range does an EV lose in winter?")
    await person.wait_text("thirty", since=mark)
    await person.send("/help")
    await person.wait_text("/recommend", since=mark)
    # The choice was offered once and isn't pressed on anyone.
    assert len(messages(person, mark)) == 2
