"""Deliveries on PostgreSQL: each at least once, in order by receiver and order, whoever dies or does not answer."""

import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from adapters.postgres import TenantPool
from adapters.postgres.lane_scan import PostgresLaneScan
from application.delivery.ports import Lane
from application.webhooks.ports import Sent
from domain.delivery.schedule import ATTEMPTS, PAUSES
from domain.webhooks.signature import shown
from tests.adapters.postgres.receivers import DOWN, OK, Post
from tests.adapters.postgres.shop import Shop
from tests.books import mark
from tests.postgres import Database


@pytest.fixture
async def post(pool: TenantPool, shop: Shop) -> Post:
    return Post(pool, shop)


async def orders(shop: Shop, several: int) -> list[Any]:
    """Place orders, and confirm each."""
    (product,) = await shop.products(several)
    return [await shop.confirm(await shop.place((product, 1))) for _ in range(several)]


def told(post: Post, url: str) -> list[tuple[str, int]]:
    """What a receiver was told, in its order: subject and sequence."""
    bodies = [json.loads(body) for _, body in post.receivers.received[url]]
    return [(body["subject"], body["sequence"]) for body in bodies]


def in_order(told: Iterable[tuple[str, int]]) -> bool:
    """Whether, of every subject, what was told first came first."""
    return all(a[1] < b[1] for a, b in pairwise(sorted(told, key=lambda one: one[0])) if a[0] == b[0])


def states(rows: Iterable[Any]) -> list[str]:
    return [row["state"] for row in rows]


async def test_every_event_reaches_every_endpoint_once_signed_and_in_order(post: Post) -> None:
    one, other = await post.endpoint(), await post.endpoint()
    await orders(post.shop, 12)
    await post.relay()
    assert await post.work(one) == await post.work(other) == len(await post.rows(one))
    events = await post.run("SELECT id FROM events WHERE organization_id = $1")
    for url in (one, other):
        assert sorted(post.receivers.ids(url)) == sorted(str(event["id"]) for event in events)
        assert in_order(told(post, url))
        assert set(states(await post.rows(url))) == {"delivered"}
        for headers, body in post.receivers.received[url]:
            assert Webhook(shown(b"s" * 32)).verify(body, dict(headers)) == json.loads(body)
            assert headers["Content-Type"].startswith("application/cloudevents+json")
    attempts = await post.run("SELECT n, outcome, status FROM delivery_attempts WHERE organization_id = $1")
    assert {tuple(attempt) for attempt in attempts} == {(1, "accepted", 200)}
    assert len(attempts) == 2 * len(events)
    assert await post.work(one) == 0


async def test_at_most_four_are_under_way_to_one_endpoint(post: Post) -> None:
    url = await post.endpoint()
    await orders(post.shop, 10)
    await post.relay()
    post.receivers.takes = 0.01
    await post.work(url)
    assert post.receivers.most == 4


async def test_what_follows_waits_for_what_failed_and_other_orders_do_not(post: Post) -> None:
    url = await post.endpoint()
    await post.relay()
    await post.work(url)
    post.receivers.received.clear()
    (product,) = await post.shop.products(10)
    await post.relay()
    await post.work(url)
    post.receivers.received.clear()
    broken, well = [await post.shop.place((product, 1)) for _ in range(2)]
    await post.shop.confirm(broken)
    await post.shop.confirm(well)
    await post.relay()
    answers = iter((DOWN,))  # the first to be told is of the first order
    post.receivers.says[url] = lambda: next(answers, OK)
    await post.work(url)
    assert [subject for subject, _ in told(post, url)].count(f"orders/{well.id}") == 2
    assert [subject for subject, _ in told(post, url)].count(f"orders/{broken.id}") == 1
    first, second = [row for row in await post.rows(url) if row["subject_id"] == broken.id]
    assert (first["state"], first["attempts"], second["state"], second["attempts"]) == ("pending", 1, "pending", 0)
    assert timedelta(seconds=4) < first["due_at"] - datetime.now(UTC) <= timedelta(seconds=5)
    assert await post.work(url) == 0  # nothing is due, and nothing overtakes
    assert second["due_at"] <= (await post.rows(url))[-1]["created_at"] or second["due_at"] >= first["due_at"]
    await post.due(url)
    await post.work(url)
    assert in_order(list(dict.fromkeys(told(post, url))))
    assert set(states(await post.rows(url))) == {"delivered"}


async def test_it_is_tried_as_often_as_the_schedule_says_and_then_the_next_goes_on(post: Post) -> None:
    url = await post.endpoint()
    order = (await orders(post.shop, 1))[0]
    await post.relay()
    post.receivers.says[url] = lambda: Sent(500, 3)
    pauses = []
    for _ in range(ATTEMPTS):
        await post.work(url)
        first, second = [row for row in await post.rows(url) if row["subject_id"] == order.id]
        pauses.append((first["due_at"] or datetime.now(UTC)) - datetime.now(UTC))
        if first["state"] == "failed":
            break
        assert second["attempts"] == 0
        await post.due(url)
    assert (first["state"], first["attempts"]) == ("failed", ATTEMPTS)
    for wanted, pause in zip(PAUSES[1:], pauses, strict=False):
        assert abs(wanted - pause) < timedelta(seconds=3)
    second = [row for row in await post.rows(url) if row["subject_id"] == order.id][1]
    assert second["attempts"] == 1
    log = await post.run(
        "SELECT n, outcome, status, ms FROM delivery_attempts WHERE organization_id = $1 AND delivery_id = $2"
        " ORDER BY n",
        first["id"],
    )
    assert [tuple(row) for row in log] == [(n, "refused", 500, 3) for n in range(1, ATTEMPTS + 1)]


async def test_who_is_gone_is_disabled_and_what_waits_is_dropped(post: Post) -> None:
    url, other = await post.endpoint(), await post.endpoint()
    await orders(post.shop, 5)
    await post.relay()
    post.receivers.says[url] = lambda: Sent(410, 1)
    await post.work(url)
    await post.work(url)
    rows = await post.rows(url)
    assert set(states(rows)) == {"failed", "dropped"}
    assert 1 <= states(rows).count("failed") <= 4  # those that were under way
    (endpoint,) = await post.run(
        "SELECT status, disabled_because, version FROM webhook_endpoints WHERE organization_id = $1 AND id = $2",
        post.endpoints[url],
    )
    assert tuple(endpoint) == ("disabled", "gone", 2)
    await post.work(other)
    assert set(states(await post.rows(other))) == {"delivered"}


async def test_what_a_dead_worker_had_claimed_is_taken_over_and_it_settles_nothing(post: Post) -> None:
    url = await post.endpoint()
    await orders(post.shop, 2)
    await post.relay()
    dead = await post.queue.claim(post.lane(url), limit=4, lease=0.2)
    assert len(dead.deliveries) == 4
    taken = {delivery.id for delivery in dead.deliveries}
    meanwhile = await post.queue.claim(post.lane(url), limit=64, lease=30)
    assert not taken & {delivery.id for delivery in meanwhile.deliveries}
    subjects = {delivery.subject for delivery in dead.deliveries}
    assert not subjects & {delivery.subject for delivery in meanwhile.deliveries}  # nothing overtakes
    await post.queue.settle(meanwhile, [])
    await asyncio.sleep(0.5)
    await post.work(url)
    assert set(states(await post.rows(url))) == {"delivered"}
    assert await post.queue.settle(dead, []) == 0
    assert set(states(await post.rows(url))) == {"delivered"}


async def test_several_workers_at_one_lane_send_nothing_twice_and_keep_the_order(post: Post) -> None:
    url = await post.endpoint()
    await orders(post.shop, 25)
    await post.relay()
    post.receivers.takes = 0.002
    for _ in range(40):
        await asyncio.gather(*(post.work(url) for _ in range(4)))
        if set(states(await post.rows(url))) == {"delivered"}:
            break
        await asyncio.sleep(0.1)
    assert set(states(await post.rows(url))) == {"delivered"}
    assert len(post.receivers.ids(url)) == len(set(post.receivers.ids(url))) == len(await post.rows(url))
    assert in_order(told(post, url))


async def test_a_hot_subject_is_carried_in_runs(post: Post) -> None:
    """One product that is adjusted again and again: its events go one after the other, many to a claim."""
    url = await post.endpoint()
    (product,) = await post.shop.products(1000)
    for _ in range(60):
        await post.shop.adjust(product, 1)
    await post.relay()
    start = asyncio.get_running_loop().time()
    await post.work(url)
    assert asyncio.get_running_loop().time() - start < 2
    assert set(states(await post.rows(url))) == {"delivered"}
    assert in_order(told(post, url))


async def test_mail_goes_to_whom_the_customer_is_by_then(post: Post) -> None:
    await post.run("UPDATE organizations SET mail = true WHERE id = $1")
    await orders(post.shop, 1)
    await post.relay()
    mark(post.shop.organization)
    await post.run("UPDATE customers SET email = 'new@example.com', status = 'suspended' WHERE organization_id = $1")
    assert await post.work(None) == 2
    assert [notice.type for notice in post.receivers.mails] == ["order.placed", "order.confirmed"]
    assert {(notice.recipient.email, notice.shop) for notice in post.receivers.mails} == {("new@example.com", "Shop")}
    assert set(states(await post.rows(None))) == {"delivered"}


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE customers SET status = 'erased' WHERE organization_id = $1",
        "UPDATE organizations SET mail = false WHERE id = $1",
    ],
)
async def test_nobody_is_written_to_who_is_erased_nor_where_mail_is_off(post: Post, meanwhile: str) -> None:
    await post.run("UPDATE organizations SET mail = true WHERE id = $1")
    await orders(post.shop, 1)
    await post.relay()
    mark(post.shop.organization)
    await post.run(meanwhile)
    await post.work(None)
    assert post.receivers.mails == []
    assert set(states(await post.rows(None))) == {"dropped"}
    assert await post.run("SELECT FROM delivery_attempts WHERE organization_id = $1") == []


async def test_the_scan_names_the_lanes_in_which_something_is_due(post: Post, database: Database) -> None:
    await post.run("UPDATE organizations SET mail = true WHERE id = $1")
    one, other = await post.endpoint(), await post.endpoint()
    await orders(post.shop, 2)
    await post.relay()
    scan = PostgresLaneScan(database.dsn)

    async def found() -> set[Lane]:
        return {lane for lane in await scan.due() if lane.organization == post.shop.organization}

    assert await found() == {post.lane(one), post.lane(other), post.lane(None)}
    assert set(await post.queue.lanes(post.shop.organization)) == await found()
    post.receivers.says[one] = lambda: DOWN
    for lane in (one, other, None):
        await post.work(lane)
    await post.work(one)  # what is behind is put off
    assert await found() == set()
    await post.due(one)
    assert await found() == {post.lane(one)}
    await scan.close()
