"""What asks nothing of the lessons gets its own reply; a wish opens its screen."""

import pytest

from playground.client import PlaygroundClient
from services.brain import Brain
from storage.models import Question
from tests.bot.acts import button_data, button_texts, change_item, rows, with_button
from tests.bot.test_dialogue import ask, met
from tests.bot.test_questions import PNG

SAID = [
    ("zh", "你好 在吗", "我是车知"),
    ("zh", "谢谢你", "不客气"),
    ("zh", "你是谁", "聊天机器人"),
    ("zh", "不想活了", "12356"),
    ("zh", "有优惠券吗", "规则和你的券"),
    ("en", "hi there", "I'm Chezhi"),
    ("en", "thanks a lot", "You're welcome"),
    ("en", "Are you a human?", "a chat bot"),
    ("en", "Help, I just had a car crash!", "120"),
    ("en", "you are useless", "Let's stay friendly"),
]


@pytest.mark.parametrize(("language", "text", "said"), SAID)
async def test_each_kind_has_its_own_reply_and_is_not_kept(
    client: PlaygroundClient, brain: Brain, language: str, text: str, said: str
) -> None:
    person = await met(client, language)
    assert said in (await ask(person, text))["text"]
    assert await rows(brain.database, Question, Question.user_id == person.id) == []


@pytest.mark.parametrize(
    ("text", "there", "items"),
    [
        ("我想在北京试驾", "北京", ("item:open:drive", "list:test_drive")),
        ("有没有上海的试驾", "上海", ("item:open:drive",)),
        ("I'd like to book a test drive", "试驾", ("item:open:drive",)),
        ("课程多少钱", "⭐", ("item:open:course-",)),
        ("最近有沙龙吗", "沙龙", ("item:open:salon",)),
    ],
)
async def test_a_wish_opens_its_list_with_its_filter(
    client: PlaygroundClient, text: str, there: str, items: tuple[str, ...]
) -> None:
    person = await met(client, "zh")
    mark = person.now
    await person.send(text)
    shown = await with_button(person, "item:open:", since=mark)
    assert there in shown["text"] + "".join(button_texts(shown))
    opened = [data for data in button_data(shown) if data.startswith("item:open:")]
    assert all(any(data.startswith(item) for item in items) for data in opened)
    assert opened


@pytest.mark.parametrize(
    ("text", "said", "lists"),
    [
        ("有抽奖吗", "目前没有抽奖", False),
        ("我想参加抽奖", "目前没有抽奖", False),
        ("I want to enter the raffle", "Prize draw: there is none", False),
        ("有没有音频课", "没有声音文件", True),
        ("will you remind me before the event", "I remind you of what you booked", True),
    ],
)
async def test_what_there_is_not_is_said_so(
    client: PlaygroundClient, text: str, said: str, lists: bool
) -> None:
    person = await met(client, "en" if text.isascii() else "zh")
    mark = person.now
    told = await ask(person, text)
    assert said in told["text"]
    if lists:
        await with_button(person, "item:open:", since=mark)
    else:
        assert "list:course:0" in button_data(told)
        assert not {"list:draw:0", "list:game:0"} & set(button_data(told))


@pytest.mark.parametrize("text", ["有什么小游戏吗", "let me play a quiz", "do you have games"])
async def test_who_wants_to_play_is_told_of_the_quiz(client: PlaygroundClient, text: str) -> None:
    person = await met(client, "en" if text.isascii() else "zh")
    assert "/quiz" in (await ask(person, text))["text"]


async def test_a_draw_that_is_on_is_shown(client: PlaygroundClient, brain: Brain) -> None:
    await change_item(brain.database, "draw-tyre-check", active=True)
    person = await met(client, "zh")
    mark = person.now
    await person.send("有抽奖吗")
    await with_button(person, "item:open:draw-tyre-check", since=mark)


async def test_a_city_without_any_shows_the_others(client: PlaygroundClient) -> None:
    person = await met(client, "en")
    mark = person.now
    await person.send("any salons in Hangzhou?")
    shown = await with_button(person, "item:open:", since=mark)
    assert "Hangzhou" in shown["text"]


async def test_refunds_and_cancelling_tell_what_the_person_has(client: PlaygroundClient) -> None:
    person = await met(client, "zh")
    assert "/paysupport" in (await ask(person, "怎么退款"))["text"]
    mark = person.now
    await person.send("我要取消预约")
    await person.wait_text("/catalog", since=mark)  # there is nothing yet


async def test_a_person_is_one_tap_away_from_the_last_question(
    client: PlaygroundClient,
) -> None:
    person = await met(client, "zh")
    alone = await ask(person, "人工客服")
    assert button_data(alone) == []
    await ask(person, "车顶行李架能装多重？")
    mark = person.now
    await person.send("转人工")
    offered = await with_button(person, "human:", since=mark)
    assert button_texts(offered) == ["🙋 把上一个问题转给人工"]


async def test_a_greeting_or_thanks_is_no_turn_of_the_conversation(
    client: PlaygroundClient,
) -> None:
    person = await met(client, "zh")
    await ask(person, "制动液多久更换？")
    await ask(person, "谢谢你")
    assert (await ask(person, "为什么？"))["text"].startswith("按“制动液多久更换？为什么？”理解")


async def test_a_caption_is_a_question(client: PlaygroundClient) -> None:
    person = await met(client, "zh")
    mark = person.now
    await person.upload(PNG, "fluid.png", "photo", "制动液多久换一次？")
    assert "[1]" in (await person.wait_text("两年", since=mark))["text"]


async def test_danger_is_told_in_a_refusal_and_the_nearest_passage_offered(
    client: PlaygroundClient,
) -> None:
    person = await met(client, "zh")
    refusal = await ask(person, "刹车踩到底才有")
    assert "没有把握" in refusal["text"]
    assert "踏板会变软" in refusal["text"]
    assert "⚠️" in refusal["text"]
    assert "[1]" not in refusal["text"]
    far = await ask(person, "红烧肉怎么做才软糯？")
    assert "踏板" not in far["text"]
    assert "⚠️" not in far["text"]
