"""Payments that nobody has heard of are found across organizations, when their lease is over, and then settled."""

from dataclasses import replace

import asyncpg
import pytest

from adapters.payments import MemoryLedger, SimulatedGateway
from adapters.postgres import PostgresDueScan
from adapters.postgres.due_scan import DUE_PAYMENTS
from adapters.system import SystemClock, new_id
from application.ordering.confirm_order import ConfirmOrder, ConfirmOrderHandler
from application.ordering.errors import PaymentOutcomeUnknown
from application.ordering.paying import Paying
from application.ordering.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from domain.ordering.order import Order
from tests.adapters.postgres.shop import Shop
from tests.contract.payments import SYSTEM
from tests.postgres import Database


def paying(shop: Shop) -> Paying:
    return Paying(shop.begin, SimulatedGateway(MemoryLedger(), SystemClock()), new_id)


async def lost(shop: Shop, pay: Paying) -> Order:
    """An order whose confirmation nobody heard of."""
    order = await shop.place(((await shop.products(5))[0], 1))
    command = ConfirmOrder(caller=shop.caller, order_id=order.id, payment_method="pm_timeout_charged")
    with pytest.raises(PaymentOutcomeUnknown):
        await ConfirmOrderHandler(pay, new_id)(command)
    return order


async def test_what_is_over_is_found_whosever_it_is_and_settled_once(
    shop: Shop, database: Database, behind: asyncpg.Connection
) -> None:
    other = await Shop.open(shop.pool)
    pays = {own.organization: paying(own) for own in (shop, other)}
    orders = {(own.organization, (await lost(own, pays[own.organization])).id): own for own in (shop, other)}

    async def found() -> set[object]:
        scan = PostgresDueScan(database.dsn, due=DUE_PAYMENTS)
        try:
            return {pair for pair in await scan.due(100) if pair in orders}
        finally:
            await scan.close()

    assert await found() == set(), "their leases are not over"
    await behind.execute("UPDATE payment_operations SET lease_until = now() - interval '1 second'")
    assert await found() == orders.keys()
    for (organization, order), own in orders.items():
        reconcile = ReconcilePaymentHandler(pays[organization])
        command = ReconcilePayment(caller=replace(own.caller, principal=SYSTEM), order_id=order)
        assert await reconcile(command)
        assert not await reconcile(command)
        view = await own.get(order)
        assert (view.status, view.payment_status) == ("confirmed", "authorized")
    assert await found() == set()


async def test_the_system_sees_whose_and_since_when_and_nothing_else(shop: Shop, database: Database) -> None:
    connection = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_system"})
    try:
        for column in ("amount", "verb", "holder", "key_hash", "plan"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT {column} FROM payment_operations")
        for table in ("payments", "simulated_ledger"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT FROM {table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE payment_operations SET lease_until = now()")
    finally:
        await connection.close()
