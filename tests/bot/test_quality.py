"""What /reindex says of golden questions, and the button that publishes all the same."""

import pytest

from playground.client import Person, PlaygroundClient
from playground.plain import Json
from services.brain import Brain
from services.clock import utc_now as now
from storage.repositories import documents, golden, users
from tests.bot.acts import button_data, with_button
from tests.bot.conftest import EDITOR

ASKED = "How often is brake fluid <changed>?"


@pytest.fixture
async def editor(client: PlaygroundClient, brain: Brain) -> Person:
    """An editor, where a document was removed on which a golden question hangs."""
    rows = [
        {"question": ASKED, "language": "en", "documents": ["en-brake-fluid"]},
        {"question": "Who won the football cup?", "language": "en", "documents": []},
    ]
    async with brain.database.write() as session:
        await golden.save(session, rows)
        await documents.remove(session, "en-brake-fluid", now())
        await users.change(session, EDITOR, language="en")
    return await client.persona(EDITOR)


async def held(editor: Person) -> tuple[Json, str]:
    mark = editor.now
    await editor.send("/reindex")
    message = await with_button(editor, "publish:", since=mark)
    return message, button_data(message)[0]


async def test_a_worse_index_waits_for_an_editor(editor: Person, brain: Brain) -> None:
    before = brain.knowledge.index().version.id
    message, button = await held(editor)
    assert brain.knowledge.index().version.id == before
    for part in (
        "2 golden questions",
        "right document first: 1.000 → 0.000 ⚠️",
        "Came off worse (1):",
        f"· {ASKED}",
    ):
        assert part in message["text"]
    mark = editor.now
    await editor.click(message, button)
    await editor.wait_text("is live", since=mark)
    live = brain.knowledge.index().version
    assert live.id == button.removeprefix("publish:") != before
    assert live.metrics["recall@1"] == 0
    # Now it is the measure.
    mark = editor.now
    await editor.send("/reindex")
    done = await editor.wait_text("golden questions (live", since=mark)
    assert "right document first: 0.000 → 0.000" in done["text"]
    assert brain.knowledge.index().version.id != live.id


async def test_only_editors_publish_and_nothing_older_than_what_is_live(
    client: PlaygroundClient, editor: Person, brain: Brain
) -> None:
    message, button = await held(editor)
    before = brain.knowledge.index().version.id
    async with brain.database.write() as session:
        await golden.save(session, [], replace=True)
    mark = editor.now
    await editor.send("/reindex")
    await editor.wait_text("is live", since=mark)
    newest = brain.knowledge.index().version.id
    assert newest != before
    mark = editor.now
    await editor.click(message, button)
    await editor.wait_text("newer index is live", since=mark)
    assert brain.knowledge.index().version.id == newest
