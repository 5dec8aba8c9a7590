"""The lifecycle of payments in the database: raw SQL may go the ways of the domain's table, and no other."""

import re
from collections.abc import AsyncIterator
from itertools import product
from typing import Final

import asyncpg
import pytest

from adapters.records.changes import Changes, Touch
from domain.ids import PaymentId
from domain.ordering.payment_lifecycle import PAYMENT_LIFECYCLE, WRITTEN, PaymentStatus
from tests.adapters.postgres.shop import Shop

ILLEGAL: Final = "OW001"
SET: Final = "UPDATE payments SET status = $2 WHERE id = $1"
JUDGE: Final = "SET CONSTRAINTS ALL IMMEDIATE"
STATUSES: Final = tuple(PaymentStatus)


@pytest.fixture
async def payment(shop: Shop) -> PaymentId:
    (item,) = await shop.products(10)
    (paid,) = (await shop.confirm(await shop.place((item, 1)))).payments
    return paid.id


@pytest.fixture
async def undone(behind: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection in a transaction that is taken back."""
    transaction = behind.transaction()
    await transaction.start()
    yield behind
    await transaction.rollback()


async def test_every_pair_of_statuses_is_allowed_or_refused_as_in_the_table(
    undone: asyncpg.Connection, payment: PaymentId
) -> None:
    passed, said = set(), set()
    for source, target in product(STATUSES, STATUSES):
        attempt = undone.transaction()
        await attempt.start()
        await undone.execute("SET LOCAL session_replication_role = replica")  # how it got there is not the question
        await undone.execute(SET, payment, source)
        await undone.execute("SET LOCAL session_replication_role = origin")
        try:
            await undone.execute(SET, payment, target)
            await undone.execute(JUDGE)
            passed.add((source, target))
        except asyncpg.PostgresError as error:
            said.add((error.sqlstate, error.constraint_name, f"{source} cannot become {target}" in str(error)))
        await attempt.rollback()
    assert passed == WRITTEN | {(status, status) for status in STATUSES}
    assert said == {(ILLEGAL, "payments_lifecycle", True)}


@pytest.mark.parametrize("status", STATUSES)
async def test_a_payment_is_born_in_the_first_status(
    undone: asyncpg.Connection, payment: PaymentId, status: PaymentStatus
) -> None:
    """Beside another one of its order, which is dead."""
    await undone.execute("SET LOCAL session_replication_role = replica")
    await undone.execute(SET, payment, "voided")
    await undone.execute("SET LOCAL session_replication_role = origin")
    await undone.execute(
        "INSERT INTO payments (organization_id, id, order_id, position, method, status, authorized, captured, refunded,"
        " untold) SELECT organization_id, gen_random_uuid(), order_id, 1, method, $2, 0, 0, 0, 0 FROM payments"
        " WHERE id = $1",
        payment,
        status,
    )
    if status is PAYMENT_LIFECYCLE.initial:
        await undone.execute(JUDGE)
        return
    with pytest.raises(asyncpg.PostgresError, match=f"a payment that is new cannot become {status}") as refused:
        await undone.execute(JUDGE)
    assert (refused.value.sqlstate, refused.value.constraint_name) == (ILLEGAL, "payments_lifecycle")


async def test_it_is_judged_at_the_end_of_the_transaction_at_the_latest(
    behind: asyncpg.Connection, payment: PaymentId
) -> None:
    with pytest.raises(asyncpg.PostgresError, match="authorized cannot become captured"):
        await behind.execute(SET, payment, "captured")
    assert await behind.fetchval("SELECT status FROM payments WHERE id = $1", payment) == "authorized"


async def test_the_edges_that_the_trigger_names_are_those_of_the_table(behind: asyncpg.Connection) -> None:
    source = await behind.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'payments_lifecycle'")
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", source)) == WRITTEN


async def test_what_the_trigger_refuses_comes_out_of_a_commit_as_the_bug_that_it_is(
    shop: Shop, payment: PaymentId, behind: asyncpg.Connection
) -> None:
    wrong = Touch(table="payments", key={"id": payment}, set={"status": "refunded"})
    with pytest.raises(asyncpg.PostgresError) as refused:
        await shop.write(Changes.of([wrong]))
    assert refused.value.sqlstate == ILLEGAL
    assert await behind.fetchval("SELECT status FROM payments WHERE id = $1", payment) == "authorized"
