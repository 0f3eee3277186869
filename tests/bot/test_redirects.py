"""A campaign's link: signed, followed to where it is stored, noted once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.app import make_bot, run_webhook
from bot.callbacks import Invite
from campaigns.typed import Reading, Unreadable, read
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from services.clock import utc_now
from services.redirects import RedirectCodec, Redirects
from storage.database import Database
from storage.models import Campaign, Recipient, Signal, Touch
from storage.repositories import items, users
from tests.bot.acts import TOKEN, with_button
from tests.bot.test_odd_updates import free_port
from tests.storage.rows import item

URL = "https://example.org/winter?from=车知"
CODEC = RedirectCodec(b"secret")


@dataclass
class Served:
    """The bot behind a webhook, and where it serves."""

    client: PlaygroundClient
    database: Database
    base: str
    redirects: Redirects

    async def get(self, path: str, method: str = "GET") -> tuple[int, str | None, bytes]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.base + path, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers.get("Location"), await answer.read()

    async def noted(self) -> list[tuple[int, str]]:
        async with self.database.read() as session:
            rows = await session.scalars(select(Signal).where(Signal.verb == "invite_opened"))
            return sorted((one.user_id, one.source) for one in rows)


@pytest.fixture
async def served(pg: Playground, brain: Brain) -> AsyncIterator[Served]:
    bot, port = make_bot(TOKEN, pg.url), free_port()
    url = f"http://127.0.0.1:{port}/in/hook"
    running = asyncio.create_task(run_webhook(brain, bot, url, "127.0.0.1", port))
    base = f"http://127.0.0.1:{port}/in/r/"
    redirects = Redirects(brain.database, brain.settings.link_secret, utc_now, base)
    async with PlaygroundClient(pg.url) as client:
        await client.wait_for_bot()
        yield Served(client, brain.database, base, redirects)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def invited(served: Served, *people: Person, arm: str = "treated", **fields: Any) -> Campaign:
    """A campaign under way; the bot takes it up and sends."""
    async with served.database.write() as session:
        starts = utc_now() + timedelta(days=9)
        await items.save(session, [item("live-link", capacity=None, starts_at=starts)])
        row = Campaign(
            **{
                "created_by": 901,
                "item_id": "live-link",
                "segment": {"kind": "all"},
                "status": "sending",
                "created_at": utc_now(),
                "launched_at": utc_now(),
                "url": URL,
                **fields,
            }
        )
        session.add(row)
        await session.flush()
        for person in people:
            await users.change(session, person.id, personalisation=True)
            status = "pending" if arm == "treated" else "held"
            values = {"status": status, "arm": arm, "changed_at": utc_now()}
            session.add(Recipient(campaign_id=row.id, user_id=person.id, **values))
    return row


async def agreed(served: Served, name: str) -> Person:
    person = await served.client.persona(first_name=name, language_code="en")
    await person.start()
    await person.wait_text("your choice")
    return person


async def test_a_link_under_the_invite_is_followed_and_noted_once(served: Served) -> None:
    ann = await agreed(served, "Ann")
    campaign = await invited(served, ann)
    data = Invite(act="open", campaign=campaign.id).pack()
    await ann.click(await with_button(ann, data), data)
    message = await ann.wait_text("More about it")
    (button,) = (b for row in message["reply_markup"]["inline_keyboard"] for b in row)
    assert button["url"] == served.redirects.link(campaign, ann.id)
    assert URL not in button["url"]
    for _ in range(2):
        status, where, _ = await served.get(button["url"].removeprefix(served.base))
        assert (status, where) == (302, URL)
    assert await served.noted() == [(ann.id, "bot"), (ann.id, "redirect")]
    async with served.database.read() as session:
        touches = (await session.scalars(select(Touch).where(Touch.user_id == ann.id))).all()
    assert {(one.source, one.source_id) for one in touches} == {("campaign", str(campaign.id))}
    status, _, _ = await served.get(button["url"].removeprefix(served.base), "HEAD")
    assert status == 405


async def test_what_we_never_signed_is_not_found_without_a_hint(served: Served) -> None:
    ann = await agreed(served, "Ann")
    campaign = await invited(served, ann)
    without = await invited(served, ann, url=None)
    good = served.redirects.codec.write(campaign.id, ann.id)
    _, _, nothing = await served.get("nothing")
    forged = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        RedirectCodec(b"another").write(campaign.id, ann.id),
        good.replace(f"-{ann.id}-", f"-{ann.id + 1}-"),
        f"{campaign.id}-{ann.id}-",
        f"{good}?to=https://evil.example",
        served.redirects.codec.write(10**9, ann.id),
        served.redirects.codec.write(without.id, ann.id),
    ]
    for path in forged:
        expected = (302, URL) if "?" in path else (404, None)
        status, where, body = await served.get(path)
        assert (status, where) == expected, path
        assert status == 302 or body == nothing
    assert {user for user, _ in await served.noted()} == {ann.id}, "by the good one alone"


async def test_nothing_is_noted_of_who_does_not_agree_or_was_not_invited(served: Served) -> None:
    ann, bob = await agreed(served, "Ann"), await agreed(served, "Bob")
    campaign = await invited(served, ann)
    held = await invited(served, bob, arm="holdout")
    async with served.database.write() as session:
        await users.choose_personalisation(session, ann.id, False, utc_now())
    for row, person in ((campaign, ann), (held, bob), (campaign, bob)):
        status, where, _ = await served.get(served.redirects.codec.write(row.id, person.id))
        assert (status, where) == (302, URL)
    assert await served.noted() == []


def test_where_nothing_is_served_the_link_leads_straight_there(brain: Brain) -> None:
    redirects = Redirects(brain.database, b"secret", utc_now)
    assert redirects.link(Campaign(id=1, url=URL), 7) == URL
    assert redirects.link(Campaign(id=1, url=None), 7) is None


@given(campaign=st.integers(1, 10**17), user=st.integers(1, 10**17), data=st.data())
def test_a_link_is_read_only_as_it_was_written(
    campaign: int, user: int, data: st.DataObject
) -> None:
    signed = CODEC.write(campaign, user)
    assert CODEC.read(signed) == (campaign, user)
    place = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.characters().filter(lambda c: c != signed[place]))
    assert CODEC.read(signed[:place] + other + signed[place + 1 :]) is None
    assert CODEC.read(data.draw(st.text(max_size=60))) is None


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (URL, True),
        ("https://example.org:8443/a#b", True),
        ("-", True),
        ("http://example.org", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://user@example.org", False),
        ("https://example.org/a b", False),
        ("https://example.org:99999", False),
        ("https://[::1", False),
        ("https://example.org/\n", True),
        ("https://exa\nmple.org/", False),
        ("https://example.org/" + "a" * 600, False),
    ],
)
def test_which_addresses_a_campaign_may_have(text: str, good: bool) -> None:
    if good:
        assert read("url", text, Reading(utc_now())) in (text.strip(), None)
    else:
        with pytest.raises(Unreadable, match="url"):
            read("url", text, Reading(utc_now()))
