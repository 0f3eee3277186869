"""Quiet hours in any zone, on any day: whoever is asleep waits until just after, no longer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.holding import Quiet, parse_quiet, quiet_until

# Half-hour shifts, two-hour ones, midnight ones, a day left out, none.
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Africa/Cairo",
    "Asia/Kathmandu",
)
START = datetime(2010, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 25 * 365 * 24 * 60).map(lambda n: START + timedelta(minutes=n))
WINDOWS = st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda w: w[0] != w[1])
LONGEST = timedelta(hours=23 + 24 + 3)


def asleep(at: datetime, zone: ZoneInfo, quiet: Quiet) -> bool:
    hour = at.astimezone(zone).hour
    if quiet.start < quiet.end:
        return quiet.start <= hour < quiet.end
    return hour >= quiet.start or hour < quiet.end


@given(MOMENTS, st.sampled_from(ZONES), WINDOWS)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", (22, 8))
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/Berlin", (1, 2))
@example(datetime(2011, 12, 30, 9, 0, tzinfo=UTC), "Pacific/Apia", (22, 8))
@example(datetime(2018, 2, 18, 1, 30, tzinfo=UTC), "America/Sao_Paulo", (22, 23))
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Antarctica/Troll", (0, 2))
def test_who_is_asleep_waits_until_the_first_minute_that_is_not_quiet(
    now: datetime, name: str, window: tuple[int, int]
) -> None:
    zone, quiet = ZoneInfo(name), Quiet(*window)
    until = quiet_until(now, zone, quiet)
    assert (until is not None) == asleep(now, zone, quiet)
    if until is None:
        return
    assert now < until <= now + LONGEST
    assert not asleep(until, zone, quiet)
    # Nobody waits through a time at which they could be written to.
    minutes = int((until - now) / timedelta(minutes=1))
    for n in range(0, minutes, 20):
        assert asleep(now + timedelta(minutes=n), zone, quiet)
    assert asleep(until - timedelta(minutes=1), zone, quiet)


@given(MOMENTS, st.sampled_from(ZONES))
def test_without_quiet_hours_nobody_waits(now: datetime, name: str) -> None:
    assert quiet_until(now, ZoneInfo(name), None) is None


@given(WINDOWS)
def test_quiet_hours_are_read(window: tuple[int, int]) -> None:
    assert parse_quiet(f"{window[0]}-{window[1]}") == Quiet(*window)


@pytest.mark.parametrize("text", ["22", "22-8-1", "24-8", "8-8", "-", "a-b", "22:00-8", "２２-８"])
def test_what_is_no_window_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        parse_quiet(text)
    assert parse_quiet("") is None
    assert parse_quiet(None) is None
