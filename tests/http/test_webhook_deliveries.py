"""Deliveries over HTTP: the log, and sending again."""

from typing import Any

from tests.http.house import House, pointers, problem
from tests.http.relaying import relayed

ALWAYS = {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
SHOWN = [
    "id", "eventId", "type", "subject", "state", "redelivery", "attempts", "nextAttemptAt", "createdAt", "settledAt",
]  # fmt: skip


async def told(house: House) -> str:
    """Return the path of an endpoint that is to be told of a product."""
    made = await house.post("/v1/webhook-endpoints", {"url": "https://hooks.example.com/", "eventTypes": ["product.*"]})
    await house.product()
    await relayed(house.container)
    return f"/v1/webhook-endpoints/{made.json()['id']}"


async def deliveries(house: House, path: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = (await house.get(f"{path}/deliveries")).json()["data"]
    return data


async def test_what_is_to_be_sent_is_in_the_log(house: House) -> None:
    (one,) = await deliveries(house, await told(house))
    assert list(one) == SHOWN
    assert one.items() >= {"type": "product.changed", "state": "pending", "redelivery": 0, "attempts": []}.items()
    assert one["subject"].startswith("products/")
    assert one["nextAttemptAt"] == one["createdAt"]
    assert one["settledAt"] is None


async def test_what_waits_is_not_sent_twice(house: House) -> None:
    path = await told(house)
    (one,) = await deliveries(house, path)
    answer = await house.post(f"/v1/webhook-deliveries/{one['id']}/redeliver")
    assert (answer.status_code, answer.json()) == (202, {"count": 0})
    answer = await house.post(f"{path}/redeliver", ALWAYS)
    assert (answer.status_code, answer.json()) == (202, {"count": 0, "nextFrom": None})
    assert await deliveries(house, path) == [one]


async def test_to_a_disabled_endpoint_nothing_is_sent_again(house: House) -> None:
    path = await told(house)
    (one,) = await deliveries(house, path)
    headers = {**house.headers, "If-Match": '"1"'}
    assert (await house.call("PATCH", path, {"status": "disabled"}, **headers)).status_code == 200
    for where, body in ((f"/v1/webhook-deliveries/{one['id']}/redeliver", None), (f"{path}/redeliver", ALWAYS)):
        refused = problem(await house.post(where, body), "invalid-state-transition")
        assert (refused["current"], refused["action"]) == ("disabled", "redeliver")
        assert [block["code"] for block in refused["blockedBy"]] == ["endpoint-disabled"]


async def test_a_range_has_a_beginning_and_an_end(house: House) -> None:
    path = await told(house)
    wrong = pointers(await house.post(f"{path}/redeliver", {"from": "yesterday"}))
    assert wrong.keys() == {"/from", "/to"}
    beyond = {"from": "0001-01-01T00:00:00+23:00", "to": "9999-12-31T23:59:59-23:00"}
    assert "out-of-range" in pointers(await house.post(f"{path}/redeliver", beyond)).values()
