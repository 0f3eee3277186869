"""/profile and its corrections, /segments, and `chezhi profiles`."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sqlalchemy import select
from typer.testing import CliRunner

from bot.cli import app
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from sample.behaviour import generate, load_items
from sample.loading import _signal, _user
from services.brain import Brain
from services.clock import utc_now
from services.recommending.placing import Placing
from services.settings import Settings
from storage.database import Database
from storage.models import TagOverride, User
from storage.repositories import rights, signals, tags, users
from tests.bot.acts import agreed, button_data, button_texts, rows, stale, tap, user, with_button
from tests.bot.conftest import ADMIN, with_people
from wording.segment_plot import drawn
from wording.tags import Words
from wording.texts import Texts

LIKED = ("course-ev", "course-charging", "audio-commute-ev")


@pytest.fixture(scope="module")
def invented(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared database with what `_invented` makes, made once for all tests."""
    return with_people(prepared, tmp_path_factory.mktemp("invented"), _invented)


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if "peopled" in request.fixturenames:
        shutil.copy(request.getfixturevalue("invented"), settings.data_dir)
    return settings


@pytest.fixture
def peopled(brain: Brain) -> Brain:
    """The bot's brain, where its database is `invented`."""
    return brain


async def _invented(database: Database) -> None:
    """Some invented people, so that there is something to group."""
    now = utc_now()
    behaviour = generate(load_items(), users=150, now=now)
    async with database.write() as session:
        await users.save(session, [_user(one, now) for one in behaviour.users])
        await signals.record(session, [_signal(one) for one in behaviour.signals])


async def likes(brain: Brain, person: Person) -> None:
    """The person has liked three things about electric cars."""
    liked = [
        {
            "user_id": person.id,
            "verb": "liked",
            "object_type": "item",
            "object_id": item,
            "source": "test",
            "occurred_at": brain.clock() - timedelta(minutes=1),
            "idempotency_key": item,
        }
        for item in LIKED
    ]
    async with brain.database.write() as session:
        await signals.record(session, liked)


async def shown(person: Person) -> dict[str, Any]:
    mark = person.now
    await person.send("/profile")
    return await person.wait_text("Your profile", since=mark)


async def step(person: Person, *taps: str) -> str:
    """Taps one button after the other, each as it comes on screen; the last toast."""
    toast, mark = "", person.now
    await person.send("/profile")
    for data in taps:
        message = await with_button(person, data, since=mark)
        mark = person.now
        toast = await tap(person, message, data)
    return toast


async def picked(brain: Brain, person: Person) -> tuple[list[str], str]:
    """The recommended items, and all reasons."""
    row = await user(brain.database, person)
    picks = await brain.recommendations.pick(row, 60, now=brain.clock())
    reasons = [f"{reason.kind} {reason.object}" for pick in picks for reason in pick.reasons]
    return [pick.item.id for pick in picks], " ".join(reasons)


async def test_a_tag_that_is_taken_away_is_gone_at_once_and_after_a_retrain(
    client: PlaygroundClient, peopled: Brain
) -> None:
    await peopled.training.train()
    person = await agreed(client)
    await likes(peopled, person)
    before = await shown(person)
    assert "EVs" in before["text"]
    reasons = (await picked(peopled, person))[1]
    assert any(f"item {item}" in reasons for item in LIKED)
    for _ in range(8):
        tags_left = [d for d in button_data(await shown(person)) if "edit:topic." in d]
        if tags_left:
            drop = tags_left[0].replace("edit", "drop")
            assert "Noted" in await step(person, tags_left[0], drop)
    assert tags_left == []
    reasons = (await picked(peopled, person))[1]
    assert not any(f"item {item}" in reasons for item in LIKED)
    await peopled.profiles.build()
    after = await shown(person)
    assert "EVs" not in after["text"].split("Not you")[0].split("Interests")[1]
    assert "↩ EVs" in button_texts(after)
    await tap(person, after, "tag:restore:topic.ev:")
    assert "EVs" in (await shown(person))["text"].split("Not you")[0]


async def test_a_topic_is_corrected_to_another(client: PlaygroundClient, peopled: Brain) -> None:
    person = await agreed(client)
    await likes(peopled, person)
    before, _ = await picked(peopled, person)
    swap = "tag:swap:topic.ev:topic.insurance"
    assert "Noted" in await step(person, "tag:edit:topic.ev:", "tag:list:topic.ev:", swap)
    text = (await shown(person))["text"]
    assert "EVs → insurance" in text
    assert "insurance" in text.split("Not you")[0]
    after, reasons = await picked(peopled, person)
    assert "topic insurance" in reasons
    assert after.index("audio-insurance-desk") < before.index("audio-insurance-desk")


async def test_a_group_is_corrected_and_the_sizes_follow(
    client: PlaygroundClient, peopled: Brain
) -> None:
    person = await agreed(client)
    await likes(peopled, person)
    first = await shown(person)
    group = next(d.split(":")[2] for d in button_data(first) if "tag:edit:segment." in d)
    made = await peopled.profiles.build()
    size = dict(zip(made.ids, made.sizes, strict=True))
    other = next(number for number in made.ids if f"segment.{number}" != group)
    swap = f"tag:swap:{group}:segment.{other}"
    assert "Noted" in await step(person, f"tag:edit:{group}:", f"tag:list:{group}:", swap)
    found = await peopled.profiles.of(await user(peopled.database, person))
    assert found is not None
    assert found.segments is not None
    assert found.segments.ids[found.segment or 0] == other
    again = await peopled.profiles.build()
    assert again.ids == made.ids
    then = dict(zip(again.ids, again.sizes, strict=True))
    assert then[other] == size[other] + 1
    mine = f"segment.{other}"
    await step(person, f"tag:edit:{mine}:", f"tag:drop:{mine}:")
    assert "Group: none" in (await shown(person))["text"]


async def test_made_up_tags_are_not_kept(
    client: PlaygroundClient, peopled: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    await likes(peopled, person)
    await shown(person)
    for data in ("drop:nonsense:", "swap:topic.ev:topic.nonsense", "drop:segment.x:", "edit:x:"):
        old = await stale(pg, person, f"tag:{data}")
        await tap(person, old, f"tag:{data}")
    assert await rows(peopled.database, TagOverride) == []


async def test_without_consent_there_is_no_profile_in_training_or_display(
    client: PlaygroundClient, peopled: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    await likes(peopled, person)
    whole = sum((await peopled.profiles.build()).sizes)
    before = await shown(person)
    async with peopled.database.write() as session:
        await users.choose_personalisation(session, person.id, False, peopled.clock())
    mark = person.now
    await tap(person, before, "tag:edit:topic.ev:")
    await person.wait_text("I keep no profile of you", since=mark)
    await tap(person, await stale(pg, person, "tag:drop:topic.ev:"), "tag:drop:topic.ev:")
    assert await rows(peopled.database, TagOverride) == []
    mark = person.now
    await person.send("/profile")
    await person.wait_text("I keep no profile of you", since=mark)
    assert sum((await peopled.profiles.build()).sizes) == whole - 1


async def test_a_question_shows_in_the_profile(client: PlaygroundClient, peopled: Brain) -> None:
    person = await agreed(client)
    for question in ("How much does car insurance cost?", "What does my insurance policy cover?"):
        mark = person.now
        await person.send(question)
        await person.wait_for(lambda e: bool(e.data.get("message", {}).get("text")), since=mark)
    assert "insurance" in (await shown(person))["text"].split("Interests")[1]


async def test_admins_see_segments_in_words_and_as_a_picture(
    client: PlaygroundClient, peopled: Brain
) -> None:
    admin = await client.persona(ADMIN)
    mark = admin.now
    await admin.send("/segments")
    text = (await admin.wait_text("位同意的用户", since=mark))["text"]
    made = await peopled.profiles.live()
    assert made is not None
    assert f"{len(made.ids)} 个人群，共 {sum(made.sizes)} 位" in text
    await admin.wait_for(lambda e: "photo" in e.data.get("message", {}), since=mark)
    person = await client.persona(language_code="en")
    mark = person.now
    await person.send("/segments")
    await person.wait_text("don't know this command", since=mark)


async def test_with_too_little_behaviour_it_is_told(client: PlaygroundClient) -> None:
    admin = await client.persona(ADMIN)
    await admin.send("/segments")
    await admin.wait_text("还没有人群")
    person = await agreed(client)
    await person.send("/profile")
    await person.wait_text("not enough yet for a profile")


async def test_the_command_shows_names_sizes_features_and_a_picture(
    peopled: Brain, settings: Settings, tmp_path: Path
) -> None:
    picture = tmp_path / "segments.png"
    arguments = ["profiles", "--json", "--plot", str(picture), "--data-dir", str(settings.data_dir)]
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["users"] == sum(one["size"] for one in told["segments"]) > 120
    for one in told["segments"]:
        assert one["name"]
        assert one["name_zh"]
        assert one["top_features"][0].startswith("topic.")
    assert picture.read_bytes().startswith(b"\x89PNG")
    wrong = await asyncio.to_thread(CliRunner().invoke, app, ["profiles", "--plot", "x.gif"])
    assert wrong.exit_code == 2


@pytest.mark.parametrize(
    ("language", "scale"), [("zh", "与全体用户相比"), ("en", "percentage points")]
)
async def test_the_picture_speaks_the_readers_language_and_can_be_read(
    peopled: Brain, language: str, scale: str
) -> None:
    catalogue, segments = await peopled.profiles.branded(), await peopled.profiles.ready()
    words, english = (Words(Texts(one), catalogue) for one in (language, "en"))
    figure = drawn(segments, words, english)
    axes, bar = figure.axes
    assert scale in bar.get_ylabel()
    image = axes.images[0]
    assert len(axes.texts) == image.get_array().size > 40

    def luminance(colour: Any) -> float:
        parts = np.array(to_rgb(colour))
        parts = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(parts @ (0.2126, 0.7152, 0.0722))

    for text, value in zip(axes.texts, image.get_array().ravel(), strict=True):
        lights = luminance(text.get_color()), luminance(image.cmap(image.norm(value)))
        assert (max(lights) + 0.05) / (min(lights) + 0.05) > 4.5


async def test_a_deleted_person_leaves_no_correction(peopled: Brain) -> None:
    async with peopled.database.write() as session:
        await users.meet(session, 7, peopled.clock())
        await users.change(session, 7, personalisation=True)
        await tags.reject(session, 7, "topic.ev", None, peopled.clock())
        await tags.reject(session, 7, "topic.ev", "topic.hybrid", peopled.clock())
    async with peopled.database.read() as session:
        assert await tags.of_user(session, 7) == {"topic.ev": "topic.hybrid"}
        (copied,) = (await rights.export(session, 7))["tag_overrides"]
        assert (copied["tag"], copied["instead"]) == ("topic.ev", "topic.hybrid")
    async with peopled.database.write() as session:
        await rights.erase(session, 7)
    assert await rows(peopled.database, TagOverride) == []
    assert await rows(peopled.database, User, User.id == 7) == []


async def test_everybody_is_placed_at_once_as_their_profile_says(peopled: Brain) -> None:
    segments = await peopled.profiles.build()
    placing = Placing(peopled.profiles)
    async with peopled.database.read() as session:
        people = (await session.scalars(select(User).where(User.personalisation.is_(True)))).all()
    ids = np.array([one.id for one in people], dtype=np.int64)

    async def by_profile() -> list[int]:
        found = [await peopled.profiles.of(one) for one in people]
        return [
            segments.ids[one.segment] if one and one.segment is not None else 0 for one in found
        ]

    assert (await placing.of(ids)).tolist() == await by_profile()
    some = ids[:20].tolist()
    own = dict(zip(some, await by_profile(), strict=False))
    assert await placing.of_some(some) == {user: place for user, place in own.items() if place}
    # A correction holds at once, whatever was worked out before.
    first = (await placing.of(ids[:1]))[0]
    other = next(one for one in segments.ids if one != first)
    await peopled.profiles.reject(int(ids[0]), "segment.1", f"segment.{other}")
    await peopled.profiles.reject(int(ids[1]), "segment.1", None)
    assert (await placing.of(ids[:2])).tolist() == [other, 0] == (await by_profile())[:2]
