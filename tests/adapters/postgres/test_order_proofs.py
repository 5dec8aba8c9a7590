"""Orders with a long history are proved, and nobody else waits while they are."""

import asyncio
import threading

import pytest

from adapters.postgres import PostgresOrderProofs, TenantPool, order_proofs
from adapters.records.facts import Facts
from adapters.records.invariants import judged
from adapters.system import new_id
from application.ordering.note_order import NoteOrder, NoteOrderHandler
from application.shared.invariants import Check
from domain.ids import OrderId
from tests.adapters.postgres.shop import Shop


async def noted(pool: TenantPool, times: int) -> tuple[Shop, OrderId]:
    shop = await Shop.open(pool)
    (product,) = await shop.products(5)
    order = await shop.place((product, 1))
    note = NoteOrderHandler(shop.begin, new_id)
    for _ in range(times):
        await note(NoteOrder(caller=shop.caller, order_id=order.id, text="Rang twice."))
    return shop, order.id


async def test_a_long_history_holds_as_a_short_one_does(pool: TenantPool) -> None:
    shop, order = await noted(pool, order_proofs.MANY)
    proof = await PostgresOrderProofs(pool).of(shop.organization, order)
    assert proof.holds
    counted = next(check.actual for check in proof.checks if check.name == "events-counted")
    assert counted == f"1…{order_proofs.MANY + 1}"


async def test_while_a_long_history_is_judged_others_are_served(
    pool: TenantPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, order = await noted(pool, 2)
    begun, served = threading.Event(), threading.Event()

    def slowly(facts: Facts) -> tuple[Check, ...]:
        begun.set()
        assert served.wait(5), "nobody was served meanwhile"
        return judged(facts)

    monkeypatch.setattr(order_proofs, "MANY", 3)
    monkeypatch.setattr(order_proofs, "judged", slowly)
    proving = asyncio.create_task(PostgresOrderProofs(pool).of(shop.organization, order))
    async with asyncio.timeout(10):
        while not begun.is_set():  # noqa: ASYNC110 - another thread says so
            await asyncio.sleep(0.002)
    await shop.place(((await shop.products(5))[0], 1))
    served.set()
    assert (await proving).holds
