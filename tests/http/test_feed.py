"""`GET /v1/events`: the feed over HTTP, a page after the other, and again from where one is."""

from datetime import datetime

import httpx

from tests.http.house import House, Json, problem

PATH = "/v1/events"


async def relayed(house: House) -> None:
    """What a worker does four times a second, a sandbox does when its clock moves."""
    answer = await house.post("/v1/sandbox/clock/advance", {"seconds": 1})
    assert answer.status_code == 200, answer.text


async def page(house: House, **query: object) -> Json:
    await relayed(house)
    answer = await ask(house, **query)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def ask(house: House, **query: object) -> httpx.Response:
    return await house.get(f"{PATH}?{httpx.QueryParams({name: str(value) for name, value in query.items()})}")


async def test_an_event_is_a_cloud_event_with_the_resource_as_it_was_afterwards(house: House) -> None:
    order = await house.order()
    told = (await page(house, limit=100))["data"]
    (event,) = [one for one in told if one["subject"] == f"orders/{order['id']}"]
    data = event.pop("data")
    assert data.items() >= {name: order[name] for name in ("id", "number", "status", "total", "version")}.items()
    assert datetime.fromisoformat(event.pop("time")) == datetime.fromisoformat(order["createdAt"])
    assert len(event.pop("requestid")) >= 8
    assert len(event.pop("id")) == 36
    assert event == {
        "specversion": "1.0",
        "source": f"/organizations/{house.organization}",
        "type": "order.placed",
        "subject": f"orders/{order['id']}",
        "sequence": 1,
        "actor": f"user:{house.owner['id']}",
    }


async def test_whoever_keeps_the_cursor_meets_everything_once(house: House) -> None:
    await house.order()
    cursor, met = {}, []
    for _ in range(3):
        while True:
            one = await page(house, limit=2, **cursor)
            met += [event["id"] for event in one["data"]]
            cursor = {"cursor": one["pagination"]["endCursor"]}
            if not one["pagination"]["hasNextPage"]:
                break
        await house.order()
    last = await page(house, **cursor)
    met += [event["id"] for event in last["data"]]
    assert met == [event["id"] for event in (await page(house, limit=100))["data"]]
    assert len(set(met)) == len(met)


async def test_an_empty_page_repeats_the_cursor(house: House) -> None:
    await house.order()
    end = (await page(house, limit=100))["pagination"]["endCursor"]
    empty = await page(house, cursor=end)
    assert empty == {
        "data": [],
        "pagination": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": end, "endCursor": end},
    }
    back = await page(house, cursor=end, direction="backward", limit=1)
    assert back["pagination"]["hasNextPage"]


async def test_links_lead_on_and_back(house: House) -> None:
    await house.order()
    await relayed(house)
    answer = await ask(house, limit=2)
    assert 'rel="next"' in answer.headers["Link"]
    end = answer.json()["pagination"]["endCursor"]
    assert 'rel="prev"' in (await ask(house, limit=2, cursor=end)).headers["Link"]


async def test_a_cursor_of_another_collection_or_another_organization_is_none(house: House) -> None:
    other_house = await House.found(house.client, house.container)
    await house.order()
    end = (await page(house))["pagination"]["endCursor"]
    problem(await ask(other_house, cursor=end), "invalid-cursor")
    problem(await house.get(f"/v1/orders?cursor={end}"), "invalid-cursor")
    problem(await ask(house, cursor=end, type="order.placed"), "validation-error")


async def test_in_a_sandbox_what_fell_due_is_in_the_feed_when_time_has_moved(house: House) -> None:
    order = await house.order()
    answer = await house.post("/v1/sandbox/clock/advance", {"seconds": 86_400})
    ran = {one["job"]: one["count"] for one in answer.json()["ran"]}
    assert ran["relay-events"] > ran["expire-orders"] == 1
    told = (await ask(house, limit=100)).json()["data"]
    assert [one["type"] for one in told if order["id"] in one["subject"]] == ["order.placed", "order.expired"]


async def test_what_was_said_of_somebody_who_is_erased_is_no_longer_told(house: House) -> None:
    order = await house.order()
    answer = await house.post(f"/v1/customers/{order['customerId']}/erase", {})
    assert answer.status_code == 200, answer.text
    told = (await page(house, limit=100))["data"]
    placed = next(one for one in told if one["subject"] == f"orders/{order['id']}")
    assert placed["data"]["shippingAddress"] is None
    assert order["shippingAddress"]["line1"] not in str(told)
