"""/plan and `chezhi campaign plan`: proposals of what fits, for people who may be invited."""

import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from campaigns.proposing import LEAST_GROUP, Limits, Plan, Proposing
from playground.client import PlaygroundClient
from playground.server import Playground
from sample.behaviour import generate, load_items
from sample.loading import _signal, _user
from services.brain import Brain
from services.clock import ZONE, utc_now
from services.settings import Settings
from storage.database import Database
from storage.models import Campaign, Item, Recipient, User, Variant
from storage.repositories import items, signals, users
from tests.bot.acts import agreed, button_data, rows, stale, tap, with_button
from tests.bot.command_line import Run
from tests.bot.conftest import ADMIN, with_people

PAST, INVITED = 12, 150


@pytest.fixture(scope="module")
def past(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared database with what `_past` makes, made once for all tests."""
    return with_people(prepared, tmp_path_factory.mktemp("past"), _past)


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if "peopled" in request.fixturenames:
        shutil.copy(request.getfixturevalue("past"), settings.data_dir)
    return settings


@pytest.fixture
def peopled(brain: Brain) -> Brain:
    """The bot's brain, where its database is that of `past`."""
    return brain


async def _past(database: Database) -> None:
    """Invented people who were invited before: who likes electric cars responds, others hardly."""
    now = utc_now()
    behaviour = generate(load_items(), users=400, now=now)
    chance = np.random.default_rng(5)
    async with database.write() as session:
        rows_ = [_user(one, now) | {"invites": True} for one in behaviour.users]
        await users.save(session, rows_)
        await signals.record(session, [_signal(one) for one in behaviour.signals])
        agreed = select(User).where(User.personalisation.is_(True), User.first_name != "")
        people = (await session.scalars(agreed)).all()
        catalogue = {one.id: one for one in await items.listed(session)}
        active = Counter(one.user for one in behaviour.signals)
        opened: list[dict[str, Any]] = []
        for n in range(PAST):
            at = now - timedelta(days=150 - 10 * n)
            item = sorted(catalogue)[n % 6]
            made = Campaign(
                created_by=ADMIN,
                item_id=item,
                segment={"kind": "all"},
                status="done",
                created_at=at,
                launched_at=at,
                window_days=5,
            )
            session.add(made)
            await session.flush()
            for person in chance.choice(np.array(people, dtype=object), INVITED, replace=False):
                session.add(
                    Recipient(
                        campaign_id=made.id,
                        user_id=person.id,
                        status="sent",
                        changed_at=at,
                        assigned_at=at,
                    )
                )
                likely = 0.6 if active.get(person.id, 0) > 15 else 0.05
                if chance.random() < likely:
                    opened.append(
                        {
                            "user_id": person.id,
                            "verb": "invite_opened",
                            "object_type": "item",
                            "object_id": item,
                            "value": None,
                            "source": "test",
                            "campaign_id": made.id,
                            "occurred_at": at + timedelta(hours=2),
                            "idempotency_key": f"open{made.id}:{person.id}",
                        }
                    )
        await signals.record(session, opened)
        for user_id, change in (
            (people[0].id, {"personalisation": False}),
            (people[1].id, {"invites": False}),
            (people[2].id, {"blocked_at": now}),
        ):
            await users.change(session, user_id, **change)


async def planned(brain: Brain, limits: Limits | None = None) -> tuple[Proposing, Plan]:
    proposing = Proposing.over(brain)
    return proposing, await proposing.plan(brain.clock(), limits)


async def test_what_came_into_the_catalogue_since_the_last_plan_is_planned_too(
    peopled: Brain,
) -> None:
    proposing, _ = await planned(peopled)
    catalogue = {one.id: one for one in await rows(peopled.database, Item)}
    like = catalogue["live-winter-range"]
    new = {column.key: getattr(like, column.key) for column in Item.__table__.columns}
    async with peopled.database.write() as session:
        await items.save(session, [new | {"id": "live-new"}])
    plan = await proposing.plan(peopled.clock())
    assert any(one.item.id == "live-new" for one in plan.proposals)


async def test_a_plan_keeps_to_people_seats_caps_and_budget(peopled: Brain) -> None:
    await peopled.profiles.build()
    limits = Limits(cap=2, days=7, budget_fen=1_500, cost_fen=10)
    _, plan = await planned(peopled, limits)
    assert plan.proposals
    async with peopled.database.read() as session:
        may = set(await users.invitable(session, User.id.is_not(None)))
        taken = {one.id: one for one in await items.listed(session)}
    assert plan.people == len(may)
    invites = Counter[int]()
    for one in plan.proposals:
        own = one.user_ids.tolist()
        assert set(own) <= may
        assert len(set(own)) == len(own)
        invites.update(own)
        assert one.low <= one.expected <= one.high
        assert one.expected <= len(own)
        assert peopled.clock() < one.starts_at
        local = one.starts_at.astimezone(ZONE)
        assert 8 <= local.hour < 22
        for wording in one.wordings:
            # Nothing is made up: every word stands in the item.
            item = taken[one.item.id]
            for language, text in wording.text.items():
                parts = (item.summary, item.description, item.title)
                whole = [part.get(language, "") for part in parts]
                assert any(text in said for said in whole)
    assert max(invites.values()) <= limits.cap
    assert sum(invites.values()) * limits.cost_fen <= 1_500
    seats: Counter[str] = Counter()
    for one in plan.proposals:
        seats[one.item.id] += one.expected
    for item, expected in seats.items():
        if taken[item].capacity is not None:
            assert expected <= taken[item].capacity - taken[item].seats_taken + 1e-6
    solved = plan.assignment
    assert solved.bound >= solved.value >= solved.greedy - 1e-9
    # How large the groups come out hangs on the hour; small ones are proposed together.
    _, wide = await planned(peopled, Limits(cap=9, days=7))
    own_groups = [len(one.user_ids) for one in wide.proposals if one.segment is not None]
    assert own_groups
    assert min(own_groups) >= LEAST_GROUP


async def test_the_model_has_learned_who_responds_and_says_how_well(peopled: Brain) -> None:
    proposing, plan = await planned(peopled)
    report = plan.report
    assert report.basis == "model", report
    # All but those of whom one has objected since.
    assert PAST * INVITED * 0.97 < report.invites < PAST * INVITED
    assert report.skill > 0.1
    assert sum(one.count for one in report.bins) == report.judged
    # Of the likeliest, most are people who do a lot.
    async with peopled.database.read() as session:
        ids = await users.invitable(session, User.id.is_not(None))
        item = (await session.scalars(select(Item.id).where(Item.type == "live"))).first()
    assert item is not None
    chances = (await proposing.responses.chances(ids, [item], peopled.clock()))[:, 0]
    found = await proposing.responses.explaining(item)(ids[chances.argsort()[-3:]])
    assert (found[0] > 2 * found[1]).all()
    assert all(reasons for reasons in found[2])


async def test_without_a_past_the_plan_says_so(brain: Brain) -> None:
    _, plan = await planned(brain)
    assert (plan.report.basis, plan.report.base_rate) == ("prior", 0.05)
    assert plan.learned_from == 0
    assert not plan.timed


async def test_a_draft_of_a_proposal_has_exactly_its_people(
    peopled: Brain, pg: Playground, client: PlaygroundClient
) -> None:
    async with peopled.database.write() as session:
        marketer = await client.persona(first_name="Mei", language_code="en")
        await users.meet(session, marketer.id, peopled.clock())
        await users.change(session, marketer.id, role="marketer")
    await marketer.send("/plan")
    shown = await with_button(marketer, "pl:draft")
    assert "Plan for 14 days" in shown["text"]
    assert "Brier" in shown["text"]
    (first, *_) = [data for data in button_data(shown) if data.startswith("pl:draft")]
    await tap(marketer, shown, first)
    told = await with_button(marketer, "cp:show")
    (made,) = await rows(peopled.database, Campaign, Campaign.status == "draft")
    assert f"Draft {made.id}" in told["text"]
    assert (made.created_by, made.filled_to, made.holdout > 0) == (marketer.id, None, True)
    assert made.starts_at > peopled.clock()
    recipients = await rows(peopled.database, Recipient, Recipient.campaign_id == made.id)
    wordings = await rows(peopled.database, Variant, Variant.campaign_id == made.id)
    assert wordings
    # As many as the proposal says, all of whom may be invited.
    assert f"For {len(recipients)} people" in shown["text"]
    async with peopled.database.read() as session:
        may = set(await users.invitable(session, User.id.is_not(None)))
    assert {one.user_id for one in recipients} <= may
    # An old button says so, and makes nothing.
    old = await stale(pg, marketer, "pl:draft:1:0")
    toast = await tap(marketer, old, "pl:draft:1:0")
    assert "no longer" in toast
    assert len(await rows(peopled.database, Campaign, Campaign.status == "draft")) == 1


async def test_who_may_not_write_campaigns_learns_of_no_plan(
    brain: Brain, client: PlaygroundClient
) -> None:
    someone = await agreed(client)
    mark = someone.now
    await someone.send("/plan")
    await someone.wait_text("I don't know this command", since=mark)


def test_the_command_plans_and_asks_whose_drafts(run: Run) -> None:
    found = run("campaign", "plan", "--json")
    told = json.loads(found.stdout)
    assert (told["people"], told["proposals"], told["prediction"]["basis"]) == (0, [], "prior")
    assert run("campaign", "plan", "--write").exit_code == 2
    refused = run("campaign", "plan", "--write", "--by", "7")
    assert refused.exit_code == 1
