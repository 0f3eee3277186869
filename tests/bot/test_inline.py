"""Inline mode."""

from playground.client import PlaygroundClient
from services.brain import Brain
from storage.models import Question, User
from tests.bot.acts import messages, rows


async def test_a_query_offers_the_answer_and_lessons(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    query = await person.inline("When should brake fluid be changed?")
    answer = await person.inline_results(query)
    first, *lessons = answer["results"]
    assert "two years" in first["text"]
    assert "[1] Brake fluid" in first["text"]
    assert lessons[0]["title"] == "Brake fluid"
    assert len({lesson["title"] for lesson in lessons}) == len(lessons) <= 4
    assert "How often to change it" in lessons[0]["text"]
    assert (answer["cache_time"], answer["is_personal"]) == (60, False)
    assert answer["button"]["start_parameter"] == "inline"
    # Nothing is kept of those who only type.
    assert await rows(brain.database, User, User.id == person.id) == []
    assert await rows(brain.database, Question) == []


async def test_only_the_last_of_a_quick_typist_is_answered(client: PlaygroundClient) -> None:
    person = await client.persona(language_code="zh")
    for text in ("制", "制动", "制动液"):
        await person.inline(text)
    query = await person.inline("制动液多久更换？")
    answer = await person.inline_results(query)
    assert "两年" in answer["results"][0]["text"]
    answered = await client.log(method="answerInlineQuery")
    assert [call["params"]["inline_query_id"] for call in answered] == [query]


async def test_nothing_typed_and_nothing_known(client: PlaygroundClient) -> None:
    person = await client.persona(language_code="en")
    assert (await person.inline_results(await person.inline("  ")))["results"] == []
    found = await person.inline_results(await person.inline("How do I bake sourdough bread?"))
    assert all("[1]" not in result["text"] for result in found["results"])
    found = await person.inline_results(await person.inline("<b>&" * 60))
    assert len(found["results"]) <= 5


async def test_a_posted_result_is_no_question(client: PlaygroundClient, brain: Brain) -> None:
    person = await client.persona(language_code="en")
    query = await person.inline("When should brake fluid be changed?")
    result = (await person.inline_results(query))["results"][0]
    mark = person.now
    await person.choose(query, result["id"])
    await person.send("/help")
    await person.wait_text("/recommend", since=mark)
    assert len(messages(person, mark)) == 1
    assert await rows(brain.database, Question) == []


async def test_a_query_that_is_too_old_is_no_failure(client: PlaygroundClient) -> None:
    person = await client.persona(language_code="en")
    await client.fault("500", method="answerInlineQuery", times=1)
    await person.inline("brake fluid")
    while not await client.log(method="answerInlineQuery"):
        pass
    assert (await person.inline_results(await person.inline("range in winter")))["results"]
