from collections.abc import Sequence

import pytest

from bot.clock import utc_now
from bot.services import Brain
from recsys.dataset import TooLittleData
from retrieval.documents import DocumentError
from storage.models import User
from storage.repositories import documents, signals, users
from tests.storage.rows import user


async def person(brain: Brain, **changes: object) -> User:
    async with brain.database.write() as session:
        await users.save(session, [user(7, seen_at=utc_now(), **changes)])
        return await session.get_one(User, 7)


async def act(brain: Brain, verb: str, kind: str, thing: str) -> None:
    row = {
        "user_id": 7,
        "verb": verb,
        "object_type": kind,
        "object_id": thing,
        "value": None,
        "source": "bot",
        "occurred_at": utc_now(),
        "idempotency_key": f"{verb}-{thing}",
    }
    async with brain.database.write() as session:
        await signals.record(session, [row])


async def picked(brain: Brain, row: User, k: int = 60) -> Sequence[str]:
    picks = await brain.recommendations.pick(row, k, now=utc_now())
    return [pick.item.id for pick in picks]


async def test_a_topic_leads_and_what_was_dismissed_is_not_offered_again(brain: Brain) -> None:
    row = await person(brain, topics=["insurance"])
    first = await picked(brain, row)
    assert "course-insurance" in first[:3]
    await act(brain, "dismissed", "item", "course-insurance")
    then = await picked(brain, row)
    assert set(first) - set(then) == {"course-insurance"}


async def test_without_consent_topics_and_acts_move_nothing(brain: Brain) -> None:
    silent = await person(brain, topics=[], personalisation=False)
    before = await picked(brain, silent)
    row = await person(brain, topics=["insurance"], personalisation=False)
    await act(brain, "liked", "item", "course-insurance")
    assert await picked(brain, row) == before


async def test_training_on_too_little_is_refused_and_nothing_saved(brain: Brain) -> None:
    await person(brain)
    await act(brain, "liked", "item", "course-insurance")
    with pytest.raises(TooLittleData, match="1 positive pairs of 1 users"):
        await brain.recommendations.train()
    assert not brain.recommendations.is_trained


async def test_two_files_of_one_id_are_refused_and_neither_is_stored(brain: Brain) -> None:
    async with brain.database.read() as session:
        before = len(await documents.live(session))
    with pytest.raises(DocumentError, match=r"en/oil\.txt has the same id as zh/oil\.txt: 'oil'"):
        await brain.indexing.add({"zh/oil.txt": "机油。".encode(), "en/oil.txt": b"Oil."})
    async with brain.database.read() as session:
        assert len(await documents.live(session)) == before


async def test_what_is_added_and_removed_shows_in_the_next_index(brain: Brain) -> None:
    assert await brain.indexing.is_current()
    assert await brain.indexing.add({"oil.txt": "机油每年更换。".encode()}) == (1, 1)
    assert await brain.indexing.add({"oil.txt": "机油每年更换。".encode()}) == (1, 0)
    assert not await brain.indexing.is_current()
    await brain.indexing.build()
    hits = await brain.answer_service.search("机油多久更换", 1)
    assert hits[0].document == "oil"
    async with brain.database.write() as session:
        assert await documents.remove(session, "oil", utc_now())
    assert (await brain.indexing.build()).version.encoded == 0
    hits = await brain.answer_service.search("机油多久更换", 9)
    assert "oil" not in {hit.document for hit in hits}
