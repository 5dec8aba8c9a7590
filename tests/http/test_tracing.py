"""Traces: what a collector is told of a request, its statements and its gateway; and what it is never told."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from dishka import Provider
from litestar.testing import AsyncTestClient

from adapters.otel.tracing import Tracing
from adapters.records.tables import WALLED
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from entrypoints.tracing import tracing
from tests.collector import Collector, Span, collecting
from tests.http.house import PASSWORD, UNKNOWN, House
from tests.postgres import Database

SOURCES = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
async def traced(collector: Collector, settings: Settings, quick: Provider, database: Database) -> AsyncIterator[House]:
    """A house on PostgreSQL whose service is traced."""
    wanted = replace(settings, otlp_endpoint=collector.url, database_url=database.dsn)
    container = container_of(wanted, quick)
    async with AsyncTestClient(create_app(container, wanted), base_url="http://testserver.local") as client:
        yield await House.found(client, container)


async def told(house: House, collector: Collector, operation: str) -> Span:
    tracing(collector.url).flush()
    return collector.named(operation)[-1]


async def test_a_request_is_a_span_with_its_statements_below(traced: House, collector: Collector) -> None:
    await traced.order()  # on a connection that knows its types from then on
    order = await traced.order()
    span = await told(traced, collector, "placeOrder")
    assert span.attributes["orderwright.operation"] == "placeOrder"
    assert span.attributes["http.response.status_code"] == 201
    assert span.attributes["http.request.method"] == "POST"
    assert not span.attributes["error"]
    assert not span.parent
    below = collector.below(span)
    assert [child.name for child in below][-1] == "WRITE products"
    assert len(below) in {2, 3}, "one read, one write, and the organization where it has changed"
    for child in below:
        assert child.attributes["db.system.name"] == "postgresql"
        assert 0 < child.seconds < span.seconds
    await traced.get(f"/v1/orders?customerId={order['customerId']}")
    span = await told(traced, collector, "listOrders")
    (asked,) = collector.below(span)
    assert asked.name == "SELECT order_lines", "the first table that it names"
    assert collector.resources[0]["service.name"] == "orderwright"


async def test_a_problem_is_told_by_its_slug(traced: House, collector: Collector) -> None:
    answer = await traced.get(f"/v1/orders/{UNKNOWN}", **{"X-Request-Id": "my-request-42"})
    assert answer.status_code == 404
    span = await told(traced, collector, "getOrder")
    assert span.attributes["orderwright.problem"] == "resource-not-found"
    assert span.attributes["orderwright.request_id"] == "my-request-42"
    assert not span.attributes["error"], "it is the caller's"


async def test_it_goes_below_the_span_of_whoever_called(traced: House, collector: Collector) -> None:
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    await traced.get("/v1/me", traceparent=f"00-{trace}-{parent}-01")
    span = await told(traced, collector, "getMe")
    assert (span.trace.hex(), span.parent.hex()) == (trace, parent)
    await traced.get("/v1/me", traceparent="this is none")
    span = await told(traced, collector, "getMe")
    assert not span.parent


async def test_what_is_asked_of_a_gateway_is_a_span(traced: House, collector: Collector) -> None:
    order = await traced.order("confirm")
    await traced.post(f"/v1/orders/{order['id']}/ship", {})
    span = await told(traced, collector, "confirmOrder")
    (asked,) = [child for child in collector.below(span) if child.name == "gateway authorize"]
    assert asked.attributes["orderwright.outcome"] == "succeeded"
    span = await told(traced, collector, "shipOrder")
    assert "gateway capture" in {child.name for child in collector.below(span)}


async def test_no_secret_and_nobody_is_told(traced: House, collector: Collector) -> None:
    order = await traced.order("confirm")
    me = (await traced.get("/v1/me")).json()
    key = (await traced.post("/v1/api-keys", {"name": "a-machine", "role": "viewer"})).json()
    assert (await traced.call("GET", "/v1/me", Authorization=f"Bearer {key['key']}")).status_code == 200
    await traced.log_in(me["member"]["email"])
    await traced.get("/v1/products?q=secret-search")
    await traced.get("/nowhere/at-a-secret-place")
    tracing(collector.url).flush()
    assert len(collector.spans) > 20
    for secret in (
        PASSWORD,
        traced.token,
        key["key"],
        key["key"].rpartition(".")[2],
        me["member"]["email"],
        "pm_ok",
        order["customerId"],
        order["number"],
        me["organization"]["id"],
        "secret-search",
        "at-a-secret-place",
        "WHERE",
    ):
        assert secret.encode() not in collector.raw, secret
    for span in collector.spans:
        assert span.attributes["events"] == 0
        assert set(span.attributes) - {"error", "events"} <= {
            "orderwright.operation",
            "orderwright.problem",
            "orderwright.request_id",
            "orderwright.outcome",
            "http.request.method",
            "http.response.status_code",
            "db.system.name",
            "db.operation.name",
            "db.collection.name",
            "error.type",
        }


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("SELECT id FROM orders WHERE id = $1", "SELECT orders"),
        ("WITH go AS (SELECT 1 FROM customers), write_0 AS (UPDATE orders SET a = $1) SELECT 1", "WRITE orders"),
        ("INSERT INTO events (id) VALUES ($1)", "INSERT events"),
        ("SELECT set_config('app.organization', $1, false)", "SELECT"),
        ("BEGIN; SET LOCAL app.organization = '0190a0a0-0000-7000-8000-000000000000'", "BEGIN"),
        ("SELECT * FROM pg_secret WHERE password = 'x'", "SELECT"),
        ("hunter2", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_a_statement_is_told_by_names_that_are_known(query: str, name: str) -> None:
    assert str(Tracing("http://127.0.0.1:9", tables=WALLED)._name(query)) == name


async def test_a_collector_that_hangs_holds_nobody_up(settings: Settings, quick: Provider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        wanted = replace(settings, otlp_endpoint=f"http://127.0.0.1:{deaf.getsockname()[1]}")
        container = container_of(wanted, quick, store="memory")
        began = monotonic()
        async with AsyncTestClient(create_app(container, wanted), base_url="http://testserver.local") as client:
            for _ in range(600):  # more than are sent at once
                assert (await client.get("/health/live")).status_code == 200
            assert monotonic() - began < 10
        assert monotonic() - began < 25, "nor does it when the service ends"


@pytest.mark.parametrize(("endpoint", "imported"), [("", False), ("http://127.0.0.1:9", True)])
def test_who_wants_no_traces_imports_nothing_of_them(settings: Settings, endpoint: str, imported: bool) -> None:
    """(Litestar itself looks whether the library is there; that is all.)"""
    program = (
        "import sys, os; from entrypoints.settings import Settings; from entrypoints.keys import new_master_key;"
        "from adapters.jwt import new_signing_key; import json;"
        "from entrypoints.api import create_app; from entrypoints.container import container_of;"
        "settings = Settings.read({**os.environ, 'ORDERWRIGHT_MASTER_KEY': new_master_key(),"
        " 'ORDERWRIGHT_SIGNING_KEY': new_signing_key(), 'ORDERWRIGHT_PAYMENTS': 'simulated'});"
        "create_app(container_of(settings, store='memory'), settings);"
        "of_traces = ('opentelemetry.sdk', 'opentelemetry.exporter', 'adapters.otel');"
        "print(any(name.startswith(of_traces) for name in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "ORDERWRIGHT_OTLP_ENDPOINT": endpoint}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == str(imported), ran.stderr
