"""What is true of an organization's rows at any time, recomputed from scratch. Every contract test ends with it."""

from collections import defaultdict
from hashlib import sha256
from uuid import UUID

from tests.contract.backend import Backend, Row

ROOTS = {"order": "orders", "product": "products", "customer": "customers"}
HOLDING = {"pending", "confirmed"}
"""States in which an order holds its stock."""


async def audit(backend: Backend, organization: UUID) -> None:
    names = ("products", "orders", "order_lines", "stock_ledger", "events", "customers")
    tables = {name: await backend.rows(organization, name) for name in names}
    counters_are_the_sums_of_the_ledger(tables)
    reserved_is_what_open_orders_hold(tables)
    chains_have_no_gap(tables)
    every_change_of_an_order_is_an_event(tables)


def counters_are_the_sums_of_the_ledger(tables: dict[str, list[Row]]) -> None:
    for product in tables["products"]:
        moves = [row for row in tables["stock_ledger"] if row["product_id"] == product["id"]]
        assert product["on_hand"] == sum(move["on_hand"] for move in moves)
        assert product["reserved"] == sum(move["reserved"] for move in moves)
        assert 0 <= product["reserved"] <= product["on_hand"]


def reserved_is_what_open_orders_hold(tables: dict[str, list[Row]]) -> None:
    status = {order["id"]: order["status"] for order in tables["orders"]}
    held: defaultdict[UUID, int] = defaultdict(int)
    for line in tables["order_lines"]:
        if status[line["order_id"]] in HOLDING:
            held[line["product_id"]] += line["quantity"]
    assert {row["id"]: row["reserved"] for row in tables["products"]} == {
        row["id"]: held[row["id"]] for row in tables["products"]
    }


def chains_have_no_gap(tables: dict[str, list[Row]]) -> None:
    events: defaultdict[tuple[str, UUID], list[Row]] = defaultdict(list)
    for event in tables["events"]:
        events[event["subject"], event["subject_id"]].append(event)
    for subject, table in ROOTS.items():
        for root in tables[table]:
            own = sorted(events.pop((subject, root["id"]), []), key=lambda event: event["sequence"])
            assert [event["sequence"] for event in own] == list(range(1, root["events_count"] + 1))
            head = b""
            for event in own:
                head = sha256(head + event["sequence"].to_bytes(4, "big") + event["body"].encode()).digest()
                assert event["hash"] == head
            assert root["events_head"] == head
    assert not events, "events of subjects that do not exist"


def every_change_of_an_order_is_an_event(tables: dict[str, list[Row]]) -> None:
    assert all(order["version"] == order["events_count"] for order in tables["orders"])
