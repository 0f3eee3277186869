"""Lists that were shown: noted once, with chances, only of people who agreed; and judged."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.brain import Brain
from services.people import Person
from services.recent import Recent
from services.recommending.exploring import evaluate_logged, explored
from storage.models import ShownList, User
from storage.repositories import rights, signals, users
from tests.bot.acts import rows
from tests.bot.command_line import Run
from tests.storage.rows import user


def of_row(row: User, brain: Brain, update: int) -> Person:
    return Person(row, brain.database, f"1000:{update}", brain.clock(), Recent())


async def person(brain: Brain, user_id: int, update: int = 1, agreed: bool = True) -> Person:
    async with brain.database.write() as session:
        row = user(user_id, personalisation=agreed, city=None, seen_at=brain.clock())
        await users.save(session, [row])
        found = await session.get_one(User, user_id)
    return of_row(found, brain, update)


async def shown(brain: Brain, one: Person) -> list[str]:
    return [pick.item.id for pick in await explored(brain.recommendations, one, 4)]


async def test_a_list_is_noted_once_with_its_chances(brain: Brain) -> None:
    one = await person(brain, 7)
    first = await shown(brain, one)
    assert await shown(brain, one) == first, "an update that is handled again"
    (noted,) = await rows(brain.database, ShownList)
    assert (noted.items, noted.user_id, noted.model_version) == (first, 7, None)
    assert len(noted.considered) == 24
    assert set(noted.propensities) <= {0.95, 0.05 / 5}
    other = await person(brain, 8, update=2, agreed=False)
    assert len(await shown(brain, other)) == 4
    assert len(await rows(brain.database, ShownList)) == 1


async def test_chance_changes_some_lists(brain: Brain) -> None:
    brain.recommendations.explore = 0.5
    lists = [await shown(brain, await person(brain, n, update=n)) for n in range(7, 17)]
    assert len({tuple(one) for one in lists}) > 3, "the same taste, other luck"
    brain.recommendations.explore = 0.0
    plain = [await shown(brain, await person(brain, n, update=n)) for n in range(27, 30)]
    assert len({tuple(one) for one in plain}) == 1


async def test_what_was_shown_often_for_nothing_rests_a_week(brain: Brain) -> None:
    brain.recommendations.explore = 0.0
    one = await person(brain, 7)
    first = await shown(brain, one)
    act = {"object_type": "item", "value": None, "source": "bot", "occurred_at": one.now}
    viewed = {"user_id": 7, "verb": "viewed", "object_id": first[0], "idempotency_key": "viewed"}
    async with brain.database.write() as session:
        await signals.record(session, [act | viewed])
    lists = [await shown(brain, await person(brain, 7, update=n)) for n in range(2, 8)]
    assert [set(first) <= set(one) for one in lists[:2]] == [True, True]
    assert not set(first[1:]) & set(lists[2]), "each was shown three times"
    assert lists[2] == await shown(brain, await person(brain, 7, update=4)), "handled again"
    assert set(lists[5]).isdisjoint(lists[2][1:])
    later = await person(brain, 7, update=9)
    later.now += timedelta(days=8)
    assert set(first[1:]) & set(await shown(brain, later))


async def test_a_small_catalogue_is_shown_again_rather_than_nothing(brain: Brain) -> None:
    one = await person(brain, 7)
    lists = [await explored(brain.recommendations, of_row(one.row, brain, n), 20) for n in range(8)]
    assert {len(picked) for picked in lists} == {20}
    assert all(len({pick.item.id for pick in picked}) == 20 for picked in lists)


async def test_lists_go_with_consent_and_with_the_person(brain: Brain) -> None:
    for user_id in (7, 8):
        await shown(brain, await person(brain, user_id, update=user_id))
    async with brain.database.write() as session:
        copy = await rights.export(session, 7)
        assert len(copy["shown_lists"]) == 1
        assert len(copy["shown_lists"][0]["items"]) == 4
        await users.choose_personalisation(session, 7, False, brain.clock())
        assert await rights.erase(session, 8)
    assert await rows(brain.database, ShownList) == []


async def test_the_live_model_is_judged_on_what_was_shown(brain: Brain) -> None:
    assert await evaluate_logged(brain.recommendations) is None
    one = await person(brain, 7)
    first, second, *_ = await shown(brain, one)

    def act(verb: str, item: str, after: timedelta) -> dict[str, object]:
        return {
            "user_id": 7,
            "verb": verb,
            "object_type": "item",
            "object_id": item,
            "value": None,
            "source": "bot",
            "occurred_at": one.now + after,
            "idempotency_key": f"{verb}-{item}",
        }

    minute = timedelta(minutes=1)
    acts = [
        act("viewed", first, minute),
        act("liked", second, minute),
        act("viewed", second, timedelta(days=2)),
        act("viewed", "course-insurance-not-shown", minute),
    ]
    async with brain.database.write() as session:
        await signals.record(session, acts)
    await shown(brain, await person(brain, 8, update=2))
    found = await evaluate_logged(brain.recommendations)
    assert found is not None
    assert (found["lists"], found["users"]) == (2, 2)
    for name in ("clicks", "likes"):
        # The same model on the same candidates: what was done later doesn't change the ranking.
        assert found[name]["logged"] == found[name]["live"] == pytest.approx(1 / 8)
        assert found[name]["ess"] == 8


def test_it_is_told_on_the_command_line(run: Run, tmp_path: Path) -> None:
    nothing = run("recsys", "evaluate", "--logged", "--json")
    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert "No lists are logged yet" in nothing.stderr
    assert run("recsys", "evaluate", tmp_path, "--logged").exit_code == 2
    assert run("recsys", "evaluate", tmp_path).exit_code == 2
    assert run("recsys", "evaluate").exit_code == 2
    assert "from 0 to 0.5" in run("recsys", "versions", CHEZHI_EXPLORE="0.6").stderr
