"""The policy of an organization: read, changed under its version, and obeyed by whatever is placed from then on."""

import asyncio
from datetime import timedelta

import pytest

from application.ordering.get_policy import GetPolicy, GetPolicyHandler
from application.ordering.policy_view import PolicyView
from application.shared.errors import OrganizationMissing, Outdated
from domain.ids import OrganizationId
from domain.shared.errors import RulesBroken, StaleVersion
from tests.contract.house import House
from tests.trials import trials

FOUNDED = PolicyView(max_items_per_order=10, minimum_order_value=1000, auto_cancel_after_hours=24, version=1)


async def shown(house: House) -> PolicyView:
    return await GetPolicyHandler(house.backend.policies)(GetPolicy(caller=house.caller))


async def test_a_house_is_founded_with_the_policy_of_all(house: House) -> None:
    assert await shown(house) == FOUNDED


async def test_a_change_says_what_is_demanded_from_now_on(house: House, other_house: House) -> None:
    theirs = await other_house.everything()
    changed = await house.demand(1, max_items_per_order=100, minimum_order_value=0, auto_cancel_after_hours=8760)
    said = PolicyView(max_items_per_order=100, minimum_order_value=0, auto_cancel_after_hours=8760, version=2)
    assert PolicyView.of(changed) == await shown(house) == said
    await house.demand(2, minimum_order_value=9_007_199_254_740_991)
    assert (await shown(house)).minimum_order_value == 9_007_199_254_740_991
    assert (await shown(house)).max_items_per_order == 100
    assert await other_house.everything() == theirs


async def test_nothing_but_the_policy_and_its_version_is_written(house: House) -> None:
    before = await house.everything()
    await house.demand(max_items_per_order=3)
    after = await house.everything()
    (was,), (now) = before.pop("organizations"), after.pop("organizations")
    assert after == before, "no event either: the policy has none"
    assert now == [{**was, "max_items_per_order": 3, "version": 2}]


async def test_what_is_so_already_a_stale_version_and_a_rehearsal_leave_no_trace(house: House) -> None:
    before = await house.everything()
    assert (await house.demand(1, max_items_per_order=10)).version == 1
    with pytest.raises(StaleVersion):
        await house.demand(2, max_items_per_order=3)
    assert (await house.dry.demand(1, max_items_per_order=3)).version == 2
    assert await house.everything() == before


async def test_of_many_who_change_one_version_one_wins(house: House) -> None:
    for version in range(1, trials(100, 4)):
        hours = [version * 8 + n for n in range(8)]
        outcomes = await asyncio.gather(
            *(house.demand(version, auto_cancel_after_hours=each) for each in hours), return_exceptions=True
        )
        [won] = [outcome for outcome in outcomes if not isinstance(outcome, StaleVersion)]
        assert not isinstance(won, BaseException), won
        assert await shown(house) == PolicyView.of(won)
        assert won.version == version + 1


async def test_an_order_that_looked_at_an_older_policy_is_outdated(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    async with house.begin() as work:
        basket = await work.baskets.look(customer.id, [product.id])
        order = basket.place(house.draft(customer, (product, 1)), at=work.now())
        await house.demand(minimum_order_value=1001)
        work.orders.save(order)
        with pytest.raises(Outdated):
            await work.commit(order)
    with pytest.raises(RulesBroken, match="1001"):
        await house.place(customer, (product, 1))


async def test_orders_race_a_change_and_each_obeys_one_policy_or_the_other(house: House) -> None:
    """None is placed for a value between two policies; hours and value are of the same one."""
    customer, product = await house.customer(), await house.product(stock=10_000)
    for _ in range(trials(200, 5)):
        await house.demand(minimum_order_value=1000, auto_cancel_after_hours=24)
        *placed, _changed = await asyncio.gather(
            *(house.place(customer, (product, quantity)) for quantity in (1, 2, 1, 2)),
            house.demand(minimum_order_value=2000, auto_cancel_after_hours=48),
            return_exceptions=True,
        )
        for order, quantity in zip(placed, (1, 2, 1, 2), strict=True):
            if isinstance(order, RulesBroken):
                assert quantity == 1
            else:
                assert not isinstance(order, BaseException), order
                hours = (order.expires_at - order.created_at) / timedelta(hours=1)
                assert hours == 24 or (hours == 48 and quantity == 2)


async def test_what_stands_keeps_what_it_was_placed_under(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 1))
    await house.demand(minimum_order_value=5000, auto_cancel_after_hours=1)
    assert (await house.confirm(order.id)).expires_at == order.expires_at


async def test_an_organization_that_is_gone_has_none(house: House) -> None:
    gone = OrganizationId(house.backend.new_id())
    with pytest.raises(OrganizationMissing):
        await house.backend.policies.get(gone)
