"""Each act is one signal with the right verb; a redelivered update adds none."""

from activities.draw_rows import DrawRow
from activities.draws import open_draw
from playground.client import PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from storage.models import VERBS, Signal
from tests.bot.acts import (
    Redelivery,
    agreed,
    button_data,
    change_item,
    messages,
    open_item,
    rows,
    stale,
    tap,
    verbs,
    with_button,
)
from tests.bot.draw_world import TERMS


async def test_each_act_is_one_signal(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    await change_item(brain.database, "draw-tyre-check", active=True)
    async with brain.database.write() as session:
        await open_draw(session, "draw-tyre-check", DrawRow(**TERMS), brain.clock())
    person = await agreed(client)
    await person.send("When should brake fluid be changed?")
    answer = await with_button(person, "source:")
    source, up = (
        next(d for d in button_data(answer) if d.startswith(start))
        for start in ("source:", "rate:")
    )
    await tap(person, answer, source)
    await tap(person, answer, up)
    card = await open_item(person, "draw-tyre-check")
    await tap(person, card, "item:like:draw-tyre-check:link")
    acts = ("lot:enter:draw-tyre-check", "item:cancel:draw-tyre-check:link")
    old = await stale(pg, person, *acts)
    for act in acts:
        await tap(person, old, act)
    card = await open_item(person, "course-ev")
    await tap(person, card, "item:dismiss:course-ev:link")
    assert await verbs(brain.database, person) == [
        "asked 1",
        "citation_opened en-brake-fluid",
        "answer_rated 1",
        "viewed draw-tyre-check",
        "liked draw-tyre-check",
        "draw_entered draw-tyre-check",
        "cancelled draw-tyre-check",
        "viewed course-ev",
        "dismissed course-ev",
    ]
    stored = await rows(brain.database, Signal)
    assert {signal.verb for signal in stored} <= set(VERBS)
    assert len({signal.idempotency_key for signal in stored}) == len(stored)
    assert all(signal.source == "bot" for signal in stored)
    (rated,) = [signal for signal in stored if signal.verb == "answer_rated"]
    assert (rated.object_type, rated.value) == ("question", 1)


async def test_a_redelivered_update_is_handled_once(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    twice = Redelivery(pg)
    await person.send("When should brake fluid be changed?")
    answer = await with_button(person, "source:")
    twice.repeat("message")
    await tap(person, answer, button_data(answer)[0])
    mark = person.now
    twice.repeat("callback_query")
    await person.send("/terms")
    await person.wait_text("Terms, in short", since=mark)
    assert len(messages(person, mark)) == 1
    assert await verbs(brain.database, person) == ["asked 1", "citation_opened en-brake-fluid"]
