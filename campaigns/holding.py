"""When a person isn't written to: at night where they live, and after enough invites in a week.

Both only delay: whoever waits is written to later.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.zones import zone_named
from storage.models import Campaign
from storage.repositories import recipients
from storage.repositories.recipients import WEEK, Next

# A clock that is put forward may do so at the very end of the quiet, at most so often in a row.
MOST_CHANGES = 3


class Quiet(NamedTuple):
    """Hours of the day, from 0 to 23, from which and until which nothing is sent."""

    start: int
    end: int


class HeldBack(NamedTuple):
    """How many of an audience will wait because of the cap, and of quiet hours."""

    cap: int
    quiet: int


def parse_quiet(text: str | None) -> Quiet | None:
    """Reads "22-8". None for none. Raises ValueError for what is no window of whole hours."""
    if not text:
        return None
    parts = text.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{text!r} are no quiet hours: write them as 22-8.")
    start, end = (int(part) for part in parts)
    if max(start, end) > 23 or start == end:
        raise ValueError(f"{text!r} are no quiet hours: two different hours from 0 to 23.")
    return Quiet(start, end)


def quiet_until(now: datetime, zone: ZoneInfo, quiet: Quiet | None) -> datetime | None:
    """When it stops to be quiet in a zone; None where it isn't now."""
    until = now
    for _ in range(MOST_CHANGES):
        local = until.astimezone(zone)
        if quiet is None or not _is_quiet(local.hour, quiet):
            break
        until = _end(local, quiet)
    return until if until > now else None


def _is_quiet(hour: int, quiet: Quiet) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= hour < quiet.end
    return hour >= quiet.start or hour < quiet.end


def _end(local: datetime, quiet: Quiet) -> datetime:
    """The next moment at which the hour of the end begins; of an hour that comes twice, the first
    that is still to come. One that is left out ends where the clock is put forward."""
    day = local if local.hour < quiet.end else local + timedelta(days=1)
    ends = (
        day.replace(hour=quiet.end, minute=0, second=0, microsecond=0, fold=fold) for fold in (0, 1)
    )
    utc = [end.astimezone(UTC) for end in ends]
    return next((end for end in utc if end > local.astimezone(UTC)), max(utc))


class Delay(NamedTuple):
    until: datetime
    reason: str


async def delays(
    session: AsyncSession, campaign: Campaign, people: Sequence[Next], now: datetime
) -> Mapping[int, Delay]:
    """Whom of these to wait with, by user."""
    found: dict[int, Delay] = {}
    quiet = parse_quiet(campaign.quiet)
    for one in people:
        if until := quiet_until(now, zone_named(one.zone, one.city), quiet):
            found[one.user_id] = Delay(until, "quiet")
    left = [one.user_id for one in people if one.user_id not in found]
    if campaign.most_a_week is not None and left:
        for user_id, times in (await recipients.invites_of(session, left, now)).items():
            if len(times) >= campaign.most_a_week:
                found[user_id] = Delay(times[campaign.most_a_week - 1] + WEEK, "cap")
    return found


async def held_back(
    session: AsyncSession, campaign: Campaign, now: datetime, only: Sequence[int] | None = None
) -> HeldBack:
    """Whom of a campaign's audience caps and quiet hours will delay, when it is begun now or at its
    time; who is asleep then counts as quiet, whatever their cap. `only`: of these people, its
    audience."""
    at = max(now, campaign.starts_at or now)
    quiet = parse_quiet(campaign.quiet)
    asleep = 0
    if quiet is not None:
        for zone, city, count in await recipients.by_zone(session, campaign, now, only):
            asleep += count if quiet_until(at, zone_named(zone, city), quiet) else 0
    full = 0
    if campaign.most_a_week is not None:
        full = await recipients.at_cap(session, campaign, at, now, only)
    return HeldBack(full, asleep)
