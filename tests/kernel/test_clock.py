"""Business time can be fixed; time that guards something cannot."""

import asyncio
import datetime as dt
from collections.abc import Iterator

import pytest

from kernel import clock

NIGHT = dt.datetime(2026, 10, 1, 2, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def free_again() -> Iterator[None]:
    yield
    clock.fix_process_time(None)


def test_the_business_date_is_the_practices_own() -> None:
    with clock.fixed(NIGHT):
        assert clock.today("America/New_York") == dt.date(2026, 9, 30)
        assert clock.today("UTC") == dt.date(2026, 10, 1)


def test_fixed_time_ends_with_its_block_even_when_the_block_fails() -> None:
    with pytest.raises(LookupError), clock.fixed(NIGHT):
        assert clock.now() == NIGHT
        raise LookupError
    assert clock.now() != NIGHT


def test_a_block_inside_a_block_gives_the_outer_time_back() -> None:
    later = NIGHT + dt.timedelta(days=1)
    with clock.fixed(NIGHT):
        with clock.fixed(later):
            assert clock.now() == later
        assert clock.now() == NIGHT


def test_a_process_may_be_fixed_and_a_block_goes_before_it() -> None:
    clock.fix_process_time(NIGHT)
    assert clock.now() == NIGHT
    with clock.fixed(NIGHT + dt.timedelta(hours=1)):
        assert clock.now() == NIGHT + dt.timedelta(hours=1)
    clock.fix_process_time(None)
    assert clock.now() != NIGHT


def test_what_guards_something_runs_on_although_business_time_is_fixed() -> None:
    clock.fix_process_time(NIGHT)
    with clock.fixed(NIGHT):
        assert clock.wall_now() != NIGHT
        assert clock.wall_now().tzinfo is dt.UTC


async def test_one_tasks_fixed_time_is_not_anothers() -> None:
    async def told(instant: dt.datetime) -> dt.datetime:
        with clock.fixed(instant):
            await asyncio.sleep(0)
            return clock.now()

    instants = [NIGHT + dt.timedelta(hours=hour) for hour in range(3)]
    assert await asyncio.gather(*map(told, instants)) == instants
