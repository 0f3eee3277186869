"""The pace under a clock of our own: sleepers wake late, holds come at any time."""

import asyncio
import heapq
from bisect import bisect_left
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.pace import Pace


class Time:
    """A clock that jumps to the next sleeper's end, plus how late that sleeper wakes."""

    def __init__(self, late: list[float] | None = None) -> None:
        self.now = 100.0
        self._late = late or [0.0]
        self._sleeps = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        number = next(self._sleeps)
        end = self.now + seconds + self._late[number % len(self._late)]
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (end, number, waking))
        await waking

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        while not all(task.done() for task in tasks):
            for _ in range(3):
                await asyncio.sleep(0)
            if self._sleepers:
                end, _, waking = heapq.heappop(self._sleepers)
                self.now = max(self.now, end)
                waking.set_result(None)
        await asyncio.gather(*tasks)


async def send(
    rate: float, time: Time, arrivals: list[float], holds: list[tuple[float, float]]
) -> list[float]:
    """When each of the sends took its turn."""
    pace = Pace(rate, lambda: time.now, time.sleep)
    turns: list[float] = []

    async def one(after: float) -> None:
        await time.sleep(after)
        await pace.wait()
        turns.append(time.now)

    async def hold(after: float, seconds: float) -> None:
        await time.sleep(after)
        pace.hold(seconds)

    await time.run(
        *(asyncio.create_task(one(after)) for after in arrivals),
        *(asyncio.create_task(hold(*one_hold)) for one_hold in holds),
    )
    return turns


RATES = st.sampled_from([0.5, 1.0, 2.0, 7.0, 30.0, 29.5])
ARRIVALS = st.lists(st.floats(0, 3), min_size=1, max_size=80)
LATE = st.lists(st.floats(0, 0.2), min_size=1, max_size=20)
HOLDS = st.lists(st.tuples(st.floats(0, 3), st.floats(0, 5)), max_size=3)


@given(RATES, ARRIVALS, LATE, HOLDS)
def test_no_window_ever_holds_more_than_its_share(
    rate: float, arrivals: list[float], late: list[float], holds: list[tuple[float, float]]
) -> None:
    turns = asyncio.run(send(rate, Time(late), arrivals, holds))
    assert len(turns) == len(arrivals)
    assert turns == sorted(turns)
    share = max(1, int(rate))
    for start in turns:
        # Of length `share / rate`: a second, where that many fit into one.
        inside = bisect_left(turns, start + share / rate - 1e-9) - bisect_left(turns, start)
        assert inside <= share


@given(
    RATES,
    ARRIVALS,
    LATE,
    st.lists(st.floats(0, 0.05), min_size=1, max_size=20),
    st.lists(st.floats(0, 0.4), min_size=1, max_size=20),
    st.sampled_from([0.0, 0.05, 0.5]),
)
def test_no_window_holds_more_by_the_servers_clock_either(
    rate: float,
    arrivals: list[float],
    late: list[float],
    travels: list[float],
    dawdles: list[float],
    catch_up: float,
) -> None:
    """Each message leaves when its sender comes to it, and takes its own time to the server; its
    answer comes after twice that."""
    time = Time(late)
    pace = Pace(rate, lambda: time.now, time.sleep, lands_s=0.05, catch_up_s=catch_up)
    landed: list[float] = []

    async def one(number: int, after: float) -> None:
        await time.sleep(after)
        turn = await pace.wait()
        assert turn is not None
        await time.sleep(dawdles[number % len(dawdles)])
        turn.leaves()
        travel = travels[number % len(travels)]
        landed.append(time.now + travel)
        await time.sleep(2 * travel)
        turn.landed()

    async def all_of_it() -> None:
        await time.run(*(asyncio.create_task(one(*each)) for each in enumerate(arrivals)))

    asyncio.run(all_of_it())
    share, landed = max(1, int(rate)), sorted(landed)
    for start in landed:
        inside = bisect_left(landed, start + share / rate - 1e-9) - bisect_left(landed, start)
        assert inside <= share


@given(RATES, ARRIVALS)
def test_turns_are_even_and_none_is_lost(rate: float, arrivals: list[float]) -> None:
    turns = asyncio.run(send(rate, Time(), arrivals, []))
    assert all(later - earlier >= 1 / rate - 1e-9 for earlier, later in pairwise(turns))
    # As early as the pace allows: who comes waits for those before them and for nobody else.
    due = 0.0
    for turn, arrival in zip(turns, sorted(arrivals), strict=True):
        due = max(due, 100 + arrival)
        assert turn == pytest.approx(due)
        due += 1 / rate


@given(ARRIVALS, LATE, HOLDS)
def test_nobody_is_sent_to_during_a_hold(
    arrivals: list[float], late: list[float], holds: list[tuple[float, float]]
) -> None:
    time = Time(late)
    pace = Pace(30, lambda: time.now, time.sleep)
    silent: list[tuple[float, float]] = []
    turns: list[float] = []

    async def one(after: float) -> None:
        await time.sleep(after)
        await pace.wait()
        assert not any(start <= time.now < end for start, end in silent)
        turns.append(time.now)

    async def hold(after: float, seconds: float) -> None:
        await time.sleep(after)
        pace.hold(seconds)
        silent.append((time.now, time.now + seconds - 1e-9))

    async def all_of_it() -> None:
        await time.run(
            *(asyncio.create_task(one(after)) for after in arrivals),
            *(asyncio.create_task(hold(*one_hold)) for one_hold in holds),
        )

    asyncio.run(all_of_it())
    assert len(turns) == len(arrivals)


def test_after_a_hold_the_turns_are_spread_again() -> None:
    turns = asyncio.run(send(10, Time(), [0.0] * 20, [(0.45, 3.0)]))
    assert turns[4] == pytest.approx(100.4)
    after = turns[5:]
    assert after[0] >= 103.45
    assert all(later - earlier == pytest.approx(0.1) for earlier, later in pairwise(after))


def test_late_wakes_do_not_slow_the_whole_down() -> None:
    turns = asyncio.run(send(30, Time([0.0, 0.02]), [0.0] * 90, []))
    assert turns[-1] - turns[0] <= 89 / 30 + 0.1


@pytest.mark.parametrize(("catch_up_s", "share"), [(0.0, 0.7), (0.05, 1.0)])
def test_who_is_a_little_late_for_each_turn_still_has_it(catch_up_s: float, share: float) -> None:
    """One sender that takes three turns' time over something now and then."""
    time = Time()
    pace = Pace(100, lambda: time.now, time.sleep, catch_up_s=catch_up_s)
    turns: list[float] = []

    async def all_of_it() -> None:
        for number in range(300):
            await pace.wait()
            turns.append(time.now)
            if number % 5 == 0:
                await time.sleep(0.03)

    async def run() -> None:
        await time.run(asyncio.create_task(all_of_it()))

    asyncio.run(run())
    assert 299 / (turns[-1] - turns[0]) / 100 == pytest.approx(share, abs=0.02)
