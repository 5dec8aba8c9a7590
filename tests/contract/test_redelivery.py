"""What was told to an endpoint: shown page after page, and told again, one by one and by ranges of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from adapters.records.delivery_tables import DELIVERED, FAILED, PENDING
from application.delivery.log import DeliveryView
from application.delivery.redeliver import Redeliver, RedeliverHandler
from application.delivery.redeliver_range import RangeRedelivered, RedeliverRange, RedeliverRangeHandler
from application.shared.pages import PageRequest
from domain.delivery.redelivery import DeliveryNotFound
from domain.ids import DeliveryId, WebhookEndpointId
from domain.shared.errors import IllegalTransition
from domain.webhooks.endpoint import EndpointStatus
from domain.webhooks.errors import WebhookEndpointNotFound
from domain.webhooks.event_filter import EventFilter
from tests.contract.backend import START
from tests.contract.house import House
from tests.contract.test_webhook_endpoints import NEW, Hooks

LATER = START + timedelta(days=365)


@dataclass(frozen=True)
class Post:
    """An endpoint that is told of orders, and all that is asked of its deliveries."""

    house: House
    hooks: Hooks
    endpoint: WebhookEndpointId

    async def happen(self, several: int = 1) -> None:
        """Let so many orders be placed, a minute after each other."""
        product, customer = await self.house.product(stock=several), await self.house.customer()
        for _ in range(several):
            await self.house.place(customer, (product, 1))
            await self.house.backend.relay.relay(self.house.caller.organization)
            self.house.backend.clock.advance(minutes=1)

    async def log(self, **page: object) -> list[DeliveryView]:
        request = PageRequest(**page)  # type: ignore[arg-type]
        return list(
            (await self.house.backend.deliveries.page(self.house.caller.organization, self.endpoint, request)).items
        )

    async def settle(self, delivery: DeliveryView, state: str = DELIVERED) -> None:
        """Let it be over, as a worker would."""
        over = {"state": state, "due_at": None, "settled_at": self.house.backend.clock.now(), "attempts": 1}
        await self.house.overwrite("deliveries", {"id": delivery.id}, **over)
        tried = {"at": START, "outcome": "accepted", "status": 204, "ms": 12, "error": None}
        await self.house.insert("delivery_attempts", {"delivery_id": delivery.id, "n": 1, **tried})

    async def again(self, id: UUID) -> int:
        handler = RedeliverHandler(self.house.backend.begin)
        return (await self.house.answer(handler, Redeliver(caller=self.house.caller, delivery_id=DeliveryId(id)))).count

    async def all_again(self, start: datetime = START, end: datetime = LATER) -> RangeRedelivered:
        handler = RedeliverRangeHandler(self.house.backend.begin)
        command = RedeliverRange(caller=self.house.caller, endpoint_id=self.endpoint, start=start, end=end)
        return await self.house.answer(handler, command)


@pytest.fixture
async def post(house: House) -> Post:
    hooks = Hooks.of(house, NEW)
    return Post(house, hooks, (await hooks.create(EventFilter.ORDER)).endpoint.id)


async def test_the_log_is_newest_first_with_every_attempt(post: Post) -> None:
    assert await post.log() == []
    await post.happen(3)
    newest, middle, oldest = await post.log()
    assert newest.created_at > middle.created_at > oldest.created_at
    assert {(one.type, one.state, one.redelivery, tuple(one.attempts)) for one in (newest, middle, oldest)} == {
        ("order.placed", PENDING, 0, ())
    }
    assert newest.next_attempt_at == newest.created_at
    await post.settle(middle)
    (settled,) = [one for one in await post.log() if one.id == middle.id]
    assert (settled.state, settled.next_attempt_at) == (DELIVERED, None)
    assert [(a.at, a.status, a.ms, a.error) for a in settled.attempts] == [(START, 204, 12, None)]
    assert [one.id for one in await post.log(limit=2)] == [newest.id, middle.id]


async def test_what_is_settled_is_told_again_and_what_waits_is_not(post: Post) -> None:
    await post.happen()
    (one,) = await post.log()
    assert await post.again(one.id) == 0
    await post.settle(one, FAILED)
    assert await post.again(one.id) == 1
    assert await post.again(one.id) == 0
    second, first = await post.log()
    assert (second.event_id, second.redelivery, second.state) == (first.event_id, 1, PENDING)
    await post.settle(second)
    assert await post.again(first.id) == 1  # by whichever of its deliveries an event is named
    assert [one.redelivery for one in await post.log()] == [2, 1, 0]


async def test_a_range_tells_again_what_came_within_it(post: Post) -> None:
    await post.happen(4)
    for one in await post.log():
        await post.settle(one)
    assert await post.all_again(START + timedelta(minutes=1), START + timedelta(minutes=3)) == RangeRedelivered(
        count=2, next_from=None
    )
    assert (await post.all_again()).count == 2  # the other two wait already
    assert (await post.all_again(LATER, START)).count == 0


async def test_to_a_disabled_endpoint_nothing_is_told_again(post: Post) -> None:
    await post.happen()
    (one,) = await post.log()
    await post.settle(one)
    await post.hooks.change(post.endpoint, status=EndpointStatus.DISABLED)
    for asked in (post.again(one.id), post.all_again()):
        with pytest.raises(IllegalTransition) as refused:
            await asked
        assert [block.code for block in refused.value.blocked_by] == ["endpoint-disabled"]
    assert len(await post.log()) == 1


async def test_what_is_removed_or_anothers_is_unknown(post: Post, other_house: House) -> None:
    await post.happen()
    (one,) = await post.log()
    theirs = Post(other_house, Hooks.of(other_house), post.endpoint)
    for unknown in (theirs.log(), theirs.all_again()):
        with pytest.raises(WebhookEndpointNotFound):
            await unknown
    with pytest.raises(DeliveryNotFound):
        await theirs.again(one.id)
    await post.hooks.remove(post.endpoint)
    for gone in (post.log(), post.all_again()):
        with pytest.raises(WebhookEndpointNotFound):
            await gone
    with pytest.raises(DeliveryNotFound):
        await post.again(one.id)
