"""The proof of an order: every invariant of it, recomputed, for whoever may see the order."""

from uuid import UUID

import asyncpg
import pytest
from dishka import AsyncContainer

from adapters.memory import MemoryStore
from adapters.records.changes import Changes, Touch
from adapters.records.invariants import INVARIANTS
from domain.identity.roles import Role
from entrypoints.container import StoreName
from tests.books import mark
from tests.http.house import UNKNOWN, House, problem
from tests.postgres import Database

WALKS = [(), ("confirm",), ("cancel",), ("confirm", "ship"), ("confirm", "ship", "deliver", "return")]


@pytest.mark.parametrize("walk", WALKS, ids=" ".join)
async def test_every_order_is_proved(house: House, walk: tuple[str, ...]) -> None:
    order = await house.order(*walk)
    answer = await house.get(f"/v1/orders/{order['id']}/proof")
    proof = answer.json()
    assert (answer.status_code, proof["holds"]) == (200, True)
    assert [check["name"] for check in proof["checks"]] == [one.name for one in INVARIANTS if "order" in one.of]
    assert all(check["holds"] and check["expected"] == check["actual"] for check in proof["checks"])
    assert "ETag" not in answer.headers


async def test_it_says_what_it_has_counted(house: House) -> None:
    order = await house.order("confirm", "ship", quantity=3)
    proof = (await house.get(f"/v1/orders/{order['id']}/proof")).json()
    found = {check["name"]: check["actual"] for check in proof["checks"]}
    (line,) = order["lines"]
    assert found["total"] == order["total"]
    assert found["shipped"] == {line["id"]: 3}
    assert found["stock-on-hand"] == {line["productId"]: -3}
    assert found["version"] == 6, "two of them while money was under way, and one when it had come"
    assert found["events-counted"] == "1…4"
    assert found["path"] == "shipped"


async def test_what_does_not_hold_is_named(
    house: House, container: AsyncContainer, store: StoreName, request: pytest.FixtureRequest
) -> None:
    order = await house.order()
    await overwrite_total(house, container, store, request, UUID(order["id"]))
    proof = (await house.get(f"/v1/orders/{order['id']}/proof")).json()
    assert proof["holds"] is False
    broken = {check["name"]: (check["expected"], check["actual"]) for check in proof["checks"] if not check["holds"]}
    assert broken == {"total": (1000, 7), "as-told": ({"/total": "1000"}, {"/total": "7"})}


async def test_a_customer_proves_its_own_orders_alone(house: House) -> None:
    own, other = await house.order(), await house.order()
    buyer = await house.as_role(Role.CUSTOMER, own["customerId"])
    assert (await house.call("GET", f"/v1/orders/{own['id']}/proof", **buyer)).json()["holds"] is True
    problem(await house.call("GET", f"/v1/orders/{other['id']}/proof", **buyer), "resource-not-found")


async def test_an_unknown_order_has_no_proof(house: House) -> None:
    refused = problem(await house.get(f"/v1/orders/{UNKNOWN}/proof"), "resource-not-found")
    assert (refused["resource"], refused["id"]) == ("order", UNKNOWN)


async def overwrite_total(
    house: House, container: AsyncContainer, store: StoreName, request: pytest.FixtureRequest, order: UUID
) -> None:
    mark(house.organization)
    if store == "memory":
        rows = await container.get(MemoryStore)
        rows.carry_out(house.organization, Changes.of([Touch(table="orders", key={"id": order}, set={"total": 7})]))
        return
    database: Database = request.getfixturevalue("database")
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("UPDATE orders SET total = 7 WHERE id = $1", order)
    await connection.close()
