"""The lifecycle of orders in the database: raw SQL may go the ways of the domain's table, and no other."""

import re
from itertools import product

import asyncpg
import pytest

from adapters.records.changes import Changes, Touch
from domain.ordering.lifecycle import LIFECYCLE, State
from domain.ordering.order import Order
from tests.adapters.postgres.shop import Shop

STATES = tuple(State)
CANCELLED = "cancelled_at = {0}, cancelled_by = {1}"
ILLEGAL = "OW001"


def set_to(state: State) -> str:
    """What the row of an order in that state says, so that only the lifecycle can object."""
    cancelled = ("now()", "'member'") if state is State.CANCELLED else ("NULL", "NULL")
    return f"UPDATE orders SET status = '{state}', {CANCELLED.format(*cancelled)} WHERE id = $1"


@pytest.fixture
async def order(shop: Shop) -> Order:
    (item,) = await shop.products(10)
    return await shop.place((item, 1))


async def test_every_pair_of_states_is_allowed_or_refused_as_in_the_table(
    behind: asyncpg.Connection, order: Order
) -> None:
    passed, refused, said = set(), set(), set()
    for source, target in product(STATES, STATES):
        attempt = behind.transaction()
        await attempt.start()
        await behind.execute("SET LOCAL session_replication_role = replica")  # how it got there is not the question
        await behind.execute(set_to(source), order.id)
        await behind.execute("SET LOCAL session_replication_role = origin")
        try:
            await behind.execute(set_to(target), order.id)
            passed.add((source, target))
        except asyncpg.PostgresError as error:
            refused.add((source, target))
            said.add((error.sqlstate, error.constraint_name, f"{source} cannot become {target}" in str(error)))
        await attempt.rollback()
    assert passed == LIFECYCLE.edges | {(state, state) for state in STATES}
    assert said == {(ILLEGAL, "orders_lifecycle", True)}
    assert passed | refused == set(product(STATES, STATES))


@pytest.mark.parametrize("state", STATES)
async def test_an_order_is_born_in_the_first_state(behind: asyncpg.Connection, order: Order, state: State) -> None:
    columns = [
        name
        for (name,) in await behind.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0"
        )
    ]
    row = {name: name for name in columns} | {"id": "gen_random_uuid()", "number": "'N-' || id", "status": f"'{state}'"}
    if state is State.CANCELLED:
        row |= {"cancelled_at": "now()", "cancelled_by": "'member'"}
    insert = f"INSERT INTO orders ({', '.join(row)}) SELECT {', '.join(row.values())} FROM orders WHERE id = $1"
    attempt = behind.transaction()
    await attempt.start()
    try:
        if state is LIFECYCLE.initial:
            assert await behind.execute(insert, order.id) == "INSERT 0 1"
            return
        with pytest.raises(asyncpg.PostgresError) as refused:
            await behind.execute(insert, order.id)
        assert refused.value.sqlstate == ILLEGAL
        assert refused.value.constraint_name == "orders_lifecycle"
    finally:
        await attempt.rollback()


async def test_a_note_may_be_changed_in_every_state(behind: asyncpg.Connection, order: Order) -> None:
    for state in STATES:
        attempt = behind.transaction()
        await attempt.start()
        await behind.execute("SET LOCAL session_replication_role = replica")
        await behind.execute(set_to(state), order.id)
        await behind.execute("SET LOCAL session_replication_role = origin")
        assert await behind.execute("UPDATE orders SET note = 'n' WHERE id = $1", order.id) == "UPDATE 1"
        await attempt.rollback()


async def test_the_edges_that_the_trigger_names_are_those_of_the_table(behind: asyncpg.Connection) -> None:
    source = await behind.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'orders_lifecycle'")
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", source)) == LIFECYCLE.edges


async def test_what_the_trigger_refuses_comes_out_of_a_commit_as_the_bug_that_it_is(
    shop: Shop, order: Order, behind: asyncpg.Connection
) -> None:
    wrong = Touch(table="orders", key={"id": order.id}, set={"status": "delivered"})
    with pytest.raises(asyncpg.PostgresError) as refused:
        await shop.write(Changes.of([wrong]))
    assert refused.value.sqlstate == ILLEGAL
    assert await behind.fetchval("SELECT status FROM orders WHERE id = $1", order.id) == "pending"
