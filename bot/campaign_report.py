"""A campaign's report in the chat: text, pictures, and a file of all its numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiogram.types import BufferedInputFile, InputMediaPhoto, Message

from bot.chats import edit
from bot.people import Person
from campaigns.planning import is_shown
from services.permissions import may
from services.recommending.profiles import Profiles
from storage.repositories import campaigns, items
from wording.formatting import split
from wording.tags import Words
from wording.texts import Texts

# Statsmodels and Matplotlib take seconds to import, and few need them.
if TYPE_CHECKING:
    from campaigns.reporting import Report

ALL = 0


async def send_report(
    message: Message, person: Person, campaign_id: int, profiles: Profiles
) -> bool:
    """Measures a campaign (with ALL, all together) and sends what came of it below the message.
    False where it was never sent, or isn't the person's to see."""
    if not await _is_seen(person, campaign_id):
        return False
    texts = person.texts
    waiting = await message.answer(texts("report-wait"))
    text, pictures, file = await _made(person, campaign_id, profiles)
    # No tag of it goes over a line's end, and a line is shorter than a message.
    first, *more = split(text)
    if not await edit(waiting, first, None):
        await message.answer(first)
    for part in more:
        await message.answer(part)
    photos = [
        InputMediaPhoto(media=BufferedInputFile(png, filename=f"{name}.png"))
        for name, png in pictures.items()
    ]
    if len(photos) > 1:
        await message.answer_media_group(photos)  # type: ignore[arg-type]
    elif photos:
        await message.answer_photo(photos[0].media)
    name = f"campaign-{campaign_id}.csv" if campaign_id else "campaigns.csv"
    await message.answer_document(BufferedInputFile(file, filename=name))
    return True


async def _is_seen(person: Person, campaign_id: int) -> bool:
    if campaign_id == ALL:
        return may(person.row, "others")
    async with person.database.read() as session:
        campaign = await campaigns.get(session, campaign_id)
    if campaign is None or campaign.launched_at is None:
        return False
    return may(person.row, "report") and is_shown(person, campaign)


async def _made(
    person: Person, campaign_id: int, profiles: Profiles
) -> tuple[str, Mapping[str, bytes], bytes]:
    from campaigns.measure import measure, measure_all

    if campaign_id == ALL:
        report = await measure_all(person.database, person.now)
    else:
        found = await measure(person.database, campaign_id, person.now)
        if found is None:
            raise LookupError(f"campaign {campaign_id} is gone")
        report = found
    title = ""
    if report.heading.item is not None:
        async with person.database.read() as session:
            item = await items.get(session, report.heading.item)
        title = person.texts.pick(item.title) if item else ""
    names = await _names(person, profiles) if report.segments else {}
    return await asyncio.to_thread(_drawn, report, person.texts, title, names)


async def _names(person: Person, profiles: Profiles) -> Mapping[str, str]:
    """What the groups of people that there are now have in common, by their number."""
    segments = await profiles.live()
    if segments is None:
        return {}
    words = Words(person.texts, await profiles.branded())
    return {str(one): words.all(segments.top(at, 2)) for at, one in enumerate(segments.ids)}


def _drawn(
    report: Report, texts: Texts, title: str, names: Mapping[str, str]
) -> tuple[str, Mapping[str, bytes], bytes]:
    from campaigns.report_file import as_csv
    from wording.campaign_plots import draw
    from wording.campaign_report import told

    return told(report, texts, title, names), draw(report, texts, names), as_csv(report).encode()
