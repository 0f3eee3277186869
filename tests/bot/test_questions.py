from playground.client import PlaygroundClient


async def test_a_question_is_answered_with_its_source(client: PlaygroundClient) -> None:
    person = await client.persona(first_name="小雨", language_code="zh")
    await person.send("制动液多久换一次？")
    answer = await person.wait_text("两年")
    assert "[1]" in answer["text"]
    mark = person.now
    await person.click_text(answer, "[1]")
    card = await person.wait_text("制动液会吸收", since=mark)
    assert "轮胎与刹车" in card["text"]
    assert "多久更换" in card["text"]
