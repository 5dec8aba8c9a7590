"""`/metrics`: what is counted, by names of the house's own; and who may read it."""

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.http.admission import AdmittedRequest
from adapters.http.client_address import networks
from adapters.http.metrics import _may_read
from adapters.http.problem_types import REGISTRY
from adapters.prometheus import Meters, snapshot
from application.access import OPERATIONS
from application.operations.ports import AGES
from domain.identity.roles import Role
from tests.http.house import ADDRESS, UNKNOWN, House

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def figures(house: House) -> Figures:
    """Return every sample of a scrape."""
    answer = await house.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(said: Figures, name: str, **labels: str) -> float:
    return said.get((f"orderwright_{name}", tuple(sorted(labels.items()))), 0.0)


@pytest.fixture
async def at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of the store are asked for each time."""
    (await house.container.get(Meters))._snapshot._until = 0.0
    monkeypatch.setattr(snapshot, "FRESH", 0.0)
    monkeypatch.setattr(snapshot, "SHARE", 1e9)
    monkeypatch.setattr(snapshot, "PATIENCE", 10.0)


async def test_requests_are_counted_by_operation_and_class_and_timed(house: House) -> None:
    before = await figures(house)
    for _ in range(3):
        await house.get("/v1/products")
    await house.get(f"/v1/orders/{UNKNOWN}")
    await house.client.get("/v1/me")
    await house.client.get("/nowhere/at/all")
    after = await figures(house)

    def grown(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert grown("requests_total", operation="listProducts", status="2xx") == 3
    assert grown("request_seconds_count", operation="listProducts") == 3
    assert grown("request_seconds_bucket", operation="listProducts", le="+Inf") == 3
    assert 0 < grown("request_seconds_sum", operation="listProducts") < 15
    assert grown("requests_total", operation="getOrder", status="4xx") == 1
    assert grown("requests_total", operation="getMe", status="4xx") == 1
    assert grown("requests_total", operation="none", status="4xx") == 1
    assert grown("problems_total", problem="resource-not-found") == 2
    assert grown("problems_total", problem="authentication-required") == 1


async def test_what_is_held_is_told_by_age(house: House, at_once: None) -> None:
    before = await figures(house)
    product, customer = await house.product(stock=50), await house.customer()
    for quantity in (2, 3):
        items = [{"productId": product["id"], "quantity": quantity}]
        wanted = {"customerId": customer["id"], "items": items, "shippingAddress": ADDRESS}
        assert (await house.post("/v1/orders", wanted)).status_code == 201
    await house.order("confirm")
    after = await figures(house)
    assert of(after, "held_orders", age="<1h") - of(before, "held_orders", age="<1h") == 2
    assert of(after, "held_units", age="<1h") - of(before, "held_units", age="<1h") == 5
    assert of(after, "store_up") == 1


async def test_no_label_is_anybodys_and_there_are_not_many(house: House, at_once: None) -> None:
    await house.order("confirm")
    await house.get("/v1/products?q=secret-search")
    await house.get("/v1/orders/something-that-somebody-made-up")
    known = {
        "operation": {*OPERATIONS, "none"},
        "status": {"2xx", "3xx", "4xx", "5xx", "none", "open", "unknown", "queued", "held"},
        "problem": {*REGISTRY},
        "age": {*AGES},
    }
    said = await figures(house)
    for name, labels in said:
        for label, value in labels:
            assert label == "le" or value in known[label], (name, label, value)
    assert {name for name, _ in said} >= {
        f"orderwright_{name}"
        for name in (
            "requests_total request_seconds_bucket problems_total pool_size pool_in_use pool_waiting pool_waits_total"
            " pool_waits_refused_total jobs event_lag_seconds events_waiting oversold_products unbalanced_products"
            " held_orders held_units payments store_up"
        ).split()
    }


async def test_the_store_is_seldom_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FRESH", 60.0)
    await figures(house)
    order = await house.draft()
    before = await figures(house)
    assert (await house.post("/v1/orders", order)).status_code == 201
    assert of(await figures(house), "held_orders", age="<1h") == of(before, "held_orders", age="<1h")


@pytest.mark.parametrize(
    ("peer", "headers", "may"),
    [
        ("10.1.2.3", {}, True),
        ("10.2.0.1", {}, False),
        ("::ffff:10.1.0.9", {}, True),
        ("::1", {}, True),
        ("127.0.0.1", {}, False),
        ("::1", {"X-Forwarded-For": "10.1.2.3"}, False),
        ("10.1.2.3", {"Forwarded": "for=10.1.2.3"}, False),
        ("10.1.2.3", {"Via": "1.1 proxy"}, False),
        ("a socket", {}, False),
    ],
)
async def test_who_may_read_them(house: House, peer: str, headers: dict[str, str], may: bool) -> None:
    app: Any = house.client.app
    open_to_all = app.state.options
    app.state.options = replace(open_to_all, metrics_from=networks("10.1.0.0/16, ::1"))
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": "http", "client": (peer, 1), "headers": sent, "litestar_app": app}
    try:
        assert _may_read(AdmittedRequest(scope)) is may
    finally:
        app.state.options = open_to_all


async def test_the_others_are_refused(house: House) -> None:
    app: Any = house.client.app
    open_to_all = app.state.options
    app.state.options = replace(open_to_all, metrics_from=networks("127.0.0.1"))
    try:
        for headers in ({}, await house.as_role(Role.OWNER)):
            answer = await house.client.get("/metrics", headers=headers)
            assert answer.status_code == 403
            assert answer.json()["type"].endswith("/insufficient-permissions")
    finally:
        app.state.options = open_to_all
