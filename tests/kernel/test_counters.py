"""Numbers that must not repeat, under everything that could make them."""

import asyncio

import pytest
from tests.plugins.tenants import MakeTenant, Tenant

from kernel.db.counters import next_numbers


async def test_numbers_start_at_one_and_go_on(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        assert list(await next_numbers(tx, "claim")) == [1]
        assert list(await next_numbers(tx, "claim", 3)) == [2, 3, 4]
    async with tenant.tx("worker") as tx:
        assert list(await next_numbers(tx, "claim")) == [5]


async def test_each_name_and_each_practice_counts_for_itself(make_tenant: MakeTenant) -> None:
    ours = await make_tenant()
    other = await make_tenant(company_id=ours.company_id)
    for tenant, name in ((ours, "claim"), (ours, "interchange"), (other, "claim")):
        async with tenant.tx() as tx:
            assert list(await next_numbers(tx, name)) == [1]


async def test_transactions_at_once_never_get_the_same_number(tenant: Tenant) -> None:
    async def take() -> list[int]:
        async with tenant.tx() as tx:
            first = list(await next_numbers(tx, "claim", 2))
            await asyncio.sleep(0)
            return first + list(await next_numbers(tx, "claim"))

    taken = await asyncio.gather(*(take() for _ in range(12)))
    assert sorted(number for one in taken for number in one) == list(range(1, 37))


async def test_a_rollback_gives_the_numbers_back(tenant: Tenant) -> None:
    with pytest.raises(LookupError):
        async with tenant.tx() as tx:
            assert list(await next_numbers(tx, "claim", 5)) == [1, 2, 3, 4, 5]
            raise LookupError
    async with tenant.tx() as tx:
        assert list(await next_numbers(tx, "claim")) == [1]


async def test_a_number_waits_for_the_transaction_before_it(tenant: Tenant) -> None:
    """Otherwise the second would have a number above one that may still be given back."""
    async with tenant.tx() as first:
        assert list(await next_numbers(first, "claim")) == [1]

        async def second() -> list[int]:
            async with tenant.tx() as tx:
                return list(await next_numbers(tx, "claim"))

        waiting = asyncio.create_task(second())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
    assert await waiting == [2]
