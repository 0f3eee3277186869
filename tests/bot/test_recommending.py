import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from recsys.dataset import TooLittleData
from retrieval.documents import Note
from services.brain import Brain
from services.clock import utc_now
from services.recommending.content_vectors import ContentVectors
from services.recommending.serving import Recommendations
from storage.models import Question, User
from storage.repositories import documents, signals, users
from tests.bot.acts import change_item
from tests.storage.rows import user
from wording.reasons import why
from wording.texts import Texts


async def person(brain: Brain, **changes: object) -> User:
    async with brain.database.write() as session:
        await users.save(session, [user(7, seen_at=utc_now(), **changes)])
        return await session.get_one(User, 7)


class Eight:
    """An encoder of eight numbers."""

    prompts: ClassVar[dict[str, str]] = {}
    default_prompt_name = None

    def encode(self, texts: list[str], **_: Any) -> np.ndarray:
        drawn = np.random.default_rng(len(texts)).standard_normal((len(texts), 8))
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def done(verb: str, kind: str, thing: str, user_id: int = 7, key: str = "") -> dict[str, Any]:
    return {
        "user_id": user_id,
        "verb": verb,
        "object_type": kind,
        "object_id": thing,
        "value": None,
        "source": "bot",
        "occurred_at": utc_now(),
        "idempotency_key": f"{user_id}-{verb}-{thing}{key}",
    }


async def act(brain: Brain, verb: str, kind: str, thing: str) -> None:
    async with brain.database.write() as session:
        await signals.record(session, [done(verb, kind, thing)])


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


@pytest.mark.parametrize(
    ("acts", "offered"),
    [
        (["dismissed"], False),
        (["dismissed", "liked"], True),
        (["booked"], False),
        (["booked", "cancelled"], True),
        (["enrolled"], False),
        (["enrolled", "unenrolled"], True),
        (["purchased", "refunded"], True),
        (["dismissed", "purchased"], False),
        (["completed"], False),
    ],
)
async def test_the_later_act_says_whether_a_thing_is_offered(
    brain: Brain, acts: list[str], offered: bool
) -> None:
    row = await person(brain, topics=[])
    for verb in acts:
        await act(brain, verb, "item", "live-winter-range")
    assert ("live-winter-range" in await picked(brain, row)) is offered


async def test_what_was_settled_stays_so_after_thousands_of_later_acts(brain: Brain) -> None:
    row = await person(brain, topics=[])
    await act(brain, "dismissed", "item", "course-insurance")
    await act(brain, "completed", "item", "course-winter")
    async with brain.database.write() as session:
        looks = [done("viewed", "item", "course-ev", key=str(n)) for n in range(2500)]
        await signals.record(session, looks)
    left = set(await picked(brain, row))
    assert "course-ev" in left
    assert not {"course-insurance", "course-winter"} & left


async def test_without_a_model_the_best_seller_leads_and_scores_fall(brain: Brain) -> None:
    async with brain.database.write() as session:
        buyers = range(20, 26)
        await users.save(session, [user(n, topics=[]) for n in (7, *buyers)])
        await users.save(session, [user(n, personalisation=False) for n in range(30, 40)])
        sold = [done("purchased", "item", "book-battery-notes", n) for n in buyers]
        sold += [done("purchased", "item", "course-ev", n) for n in (20, 21)]
        # What people bought who declined to be looked at moves nothing.
        sold += [done("purchased", "item", "game-range-guess", n) for n in range(30, 40)]
        await signals.record(session, sold)
        row = await session.get_one(User, 7)
    picks = await brain.recommendations.pick(row, 10, now=utc_now())
    assert [pick.item.id for pick in picks][:2] == ["book-battery-notes", "course-ev"]
    assert picks[0].score > 0
    assert "popular" in why(picks[0], Texts("en"))
    scores = [pick.score for pick in picks]
    assert scores == sorted(scores, reverse=True)


async def test_without_consent_topics_and_acts_move_nothing(brain: Brain) -> None:
    silent = await person(brain, topics=[], personalisation=False)
    before = await picked(brain, silent)
    row = await person(brain, topics=["insurance"], personalisation=False)
    await act(brain, "liked", "item", "course-insurance")
    assert await picked(brain, row) == before


async def test_first_requests_after_a_change_race_for_nothing(brain: Brain) -> None:
    row = await person(brain, topics=["insurance"])
    given, library = brain.settings, brain.library
    # As in processes of their own: a bot, a command, and one with another model.
    others = [
        Recommendations(
            brain.database,
            ContentVectors(given.recommender_dir, name, model),
            library,
            given.recommender_dir,
        )
        for name, model in (("bundled", brain.encoder.model), ("other", Eight()))
    ]
    async with brain.database.write() as session:
        asked = {
            "user_id": 7,
            "text": "?",
            "language": "en",
            "answer": "",
            "refused": True,
            "mode": "extractive",
            "citations": [],
            "embedding": np.ones(384, "<f2").tobytes(),
            "asked_at": utc_now(),
        }
        session.add(Question(**asked))
        session.add(Question(**asked | {"encoder": "other", "embedding": b"\x00\x3c" * 8}))
    await change_item(brain.database, "course-insurance", title={"zh": "车险", "en": "Cover"})
    found = await asyncio.gather(
        *(
            one.pick(row, 60, now=utc_now())
            for one in (brain.recommendations, *others)
            for _ in range(2)
        )
    )
    assert len({len(picks) for picks in found}) == 1
    assert [pick.item.id for pick in found[0]] == [pick.item.id for pick in found[2]]


async def test_training_on_too_little_is_refused_and_nothing_saved(brain: Brain) -> None:
    await person(brain)
    await act(brain, "liked", "item", "course-insurance")
    with pytest.raises(TooLittleData, match="1 positive pairs of 1 users"):
        await brain.training.train()
    assert not brain.recommendations.is_trained


async def outcome(brain: Brain, files: dict[str, bytes]) -> list[str]:
    return [added.outcome for added in await brain.indexing.add(files)]


async def test_a_file_that_is_refused_stops_no_other(brain: Brain) -> None:
    files = {
        "zh/oil.txt": "机油。".encode(),
        "en/oil.txt": b"Oil.",
        "bad.pdf": b"%PDF",
        "tyres.html": b"<p>Tyres.</p>",
    }
    first, second, third, last = await brain.indexing.add(files)
    assert (first.outcome, first.document, last.outcome) == ("new", "oil", "new")
    assert second.fault == Note("same-id", {"id": "oil", "other": "zh/oil.txt"})
    assert third.fault == Note("broken", {"kind": "PDF"})
    async with brain.database.read() as session:
        stored = {document.id: document.name for document in await documents.stored(session)}
    assert stored["oil"] == "zh/oil.txt"
    assert "tyres" in stored
    assert "bad" not in stored


async def test_a_file_that_takes_the_place_of_another_is_told(brain: Brain) -> None:
    await brain.indexing.add({"oil.txt": b"Oil."})
    (added,) = await brain.indexing.add({"oil.html": b"<p>Oil.</p>"})
    assert (added.outcome, added.remarks) == ("changed", (Note("replaces", {"name": "oil.txt"}),))


async def test_what_is_added_and_removed_shows_in_the_next_index(brain: Brain) -> None:
    assert await brain.indexing.is_current()
    assert await outcome(brain, {"oil.txt": "机油每年更换。".encode()}) == ["new"]
    assert await outcome(brain, {"oil.txt": "机油每年更换。".encode()}) == ["unchanged"]
    assert not await brain.indexing.is_current()
    await brain.indexing.build()
    hits = await brain.answer_service.search("机油多久更换", 1)
    assert hits[0].document == "oil"
    async with brain.database.write() as session:
        assert await documents.remove(session, "oil", utc_now())
    assert (await brain.indexing.build()).version.encoded == 0
    hits = await brain.answer_service.search("机油多久更换", 9)
    assert "oil" not in {hit.document for hit in hits}
