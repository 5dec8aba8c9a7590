"""The pool: warm connections first, never more than allowed, and no connection that serves whom it should not."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from time import monotonic
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import PostgresReadiness, TenantPool
from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection
from adapters.system import new_id
from application.shared.deadline import RESERVE, before_due
from application.shared.errors import Unavailable
from tests.adapters.postgres.shop import Shop
from tests.adapters.postgres.wire import Wire
from tests.postgres import Database
from tests.trials import trials

A, B, C = (UUID(int=number) for number in (1, 2, 3))
WHO = "SELECT current_setting('app.organization')"


class Opening:
    """Opens connections and keeps the account."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.opened: list[TenantConnection] = []
        self.most = 0
        self.failing = False

    async def __call__(self) -> TenantConnection:
        if self.failing:
            raise ConnectionRefusedError
        connection = await asyncpg.connect(self.dsn, connection_class=TenantConnection, server_settings=SERVER_SETTINGS)
        self.opened.append(connection)
        self.most = max(self.most, sum(not connection.is_closed() for connection in self.opened))
        return connection


@pytest.fixture
def opening(database: Database) -> Opening:
    return Opening(database.dsn)


@pytest.fixture
async def three(opening: Opening) -> AsyncIterator[TenantPool]:
    pool = TenantPool(opening, size=3, patience=0.2)
    yield pool
    await pool.close()
    assert all(connection.is_closed() for connection in opening.opened)


async def serve_at_once(pool: TenantPool, *organizations: UUID) -> list[TenantConnection]:
    """Lend one connection to each, all at the same time, and take them back in that order."""
    leases = [pool.serving(organization) for organization in organizations]
    lent = [await lease.__aenter__() for lease in leases]
    for lease in leases:
        await lease.__aexit__(None, None, None)
    return lent


async def backend(pool: TenantPool, organization: UUID) -> int:
    async with pool.serving(organization) as connection:
        assert await connection.fetchval(WHO) == str(organization)
        return connection.get_server_pid()


async def test_whoever_comes_back_gets_the_connection_that_served_them(three: TenantPool) -> None:
    own = {
        organization: connection.get_server_pid()
        for organization, connection in zip((A, B, C), await serve_at_once(three, A, B, C), strict=True)
    }
    for organization in random.choices((A, B, C), k=20):
        assert await backend(three, organization) == own[organization]


async def test_a_stranger_gets_the_connection_that_rested_longest(three: TenantPool) -> None:
    first, second, third = await serve_at_once(three, A, B, C)
    assert await backend(three, A) == first.get_server_pid()  # A was there last, B is the coldest
    assert await backend(three, new_id()) == second.get_server_pid()
    assert await backend(three, new_id()) == third.get_server_pid()
    assert await backend(three, new_id()) == first.get_server_pid()


async def test_connections_are_opened_only_when_they_are_needed(three: TenantPool, opening: Opening) -> None:
    for organization in (A, B, A, C):
        await backend(three, organization)
    assert len(opening.opened) == 1


async def test_serving_the_same_organization_again_asks_nothing(opening: Opening) -> None:
    connection = await opening()
    queries: list[str] = []
    connection.add_query_logger(lambda query: queries.append(query.query))
    for organization in (A, A, A, B, A):
        await connection.serve(organization)
    await asyncio.sleep(0)
    assert len(queries) == 3
    await connection.close()


async def test_serving_within_a_transaction_is_a_bug(opening: Opening) -> None:
    connection = await opening()
    await connection.serve(A)
    async with connection.transaction():
        with pytest.raises(RuntimeError, match="before BEGIN"):
            await connection.serve(B)
        await connection.serve(A)  # nothing to set
        assert await connection.fetchval(WHO) == str(A)
    await connection.close()


async def test_a_rollback_does_not_bring_an_old_organization_back(opening: Opening) -> None:
    connection = await opening()
    await connection.serve(A)
    await connection.serve(B)
    with suppress(ZeroDivisionError):
        async with connection.transaction():
            raise ZeroDivisionError
    assert await connection.fetchval(WHO) == str(B)
    await connection.close()


# Never more than allowed, and everybody's turn comes


async def test_who_waits_too_long_is_told_that_it_is_unavailable(opening: Opening) -> None:
    pool = TenantPool(opening, size=1, patience=0.05)
    async with pool.serving(A):
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            async with pool.serving(B):
                raise AssertionError
        assert 0.04 < asyncio.get_running_loop().time() - began < 1
    assert await backend(pool, B)  # nothing is left of the one who gave up
    await pool.close()


async def test_who_waits_while_others_come_and_go_is_served(opening: Opening) -> None:
    """Ten before him hold the one connection for 0.03 s each: three times the patience in all."""
    pool = TenantPool(opening, size=1, patience=0.1)

    async def hold() -> None:
        async with pool.serving(A):
            await asyncio.sleep(0.03)

    await asyncio.gather(*(hold() for _ in range(11)))
    await pool.close()


async def test_nobody_waits_for_ever_where_others_come_and_go(opening: Opening) -> None:
    """Everybody's answer is due 0.2 s after the last moment in which there is time to begin."""
    pool = TenantPool(opening, size=1, patience=0.1)

    async def hold() -> None:
        with before_due(RESERVE + 0.2):
            async with pool.serving(A):
                await asyncio.sleep(0.05)

    results = await asyncio.gather(*(hold() for _ in range(11)), return_exceptions=True)
    assert results[:3] == [None] * 3
    assert isinstance(results[-1], Unavailable)
    await pool.close()


async def test_who_waits_longest_comes_first(opening: Opening) -> None:
    pool = TenantPool(opening, size=1, patience=5)
    served: list[int] = []

    async def take(place: int) -> None:
        async with pool.serving(A):
            served.append(place)
            await asyncio.sleep(0)

    async with pool.serving(A):
        queue = []
        for place in range(8):
            queue.append(asyncio.create_task(take(place)))
            await asyncio.sleep(0)
    queue.append(asyncio.create_task(take(8)))  # comes while the connection is handed over
    await asyncio.gather(*queue)
    assert served == list(range(9))
    await pool.close()


async def test_whose_answer_is_due_first_comes_first(opening: Opening) -> None:
    """All want to read at once. Who has read writes before others read, but for the one who was given the connection
    in that moment: so hardly anything that he read is old.
    """
    pool = TenantPool(opening, size=1, patience=5)
    served: list[int] = []

    async def work(who: int) -> None:
        with before_due():
            for _ in ("reads", "writes"):
                async with pool.serving(A):
                    served.append(who)
                    await asyncio.sleep(0)

    await asyncio.gather(*(work(who) for who in range(8)))
    await pool.close()
    assert sorted(served) == sorted([*range(8)] * 2)
    for who in range(8):
        read, wrote = (place for place, served_one in enumerate(served) if served_one == who)
        assert wrote - read <= 2, served


async def test_a_process_that_is_busy_with_itself_does_not_take_that_for_silence(opening: Opening) -> None:
    """Nobody hears for five times the patience of whoever waits, and then the database answers at once."""
    pool = TenantPool(opening, size=1, patience=0.1)
    await backend(pool, A)

    async def hold() -> None:
        async with pool.serving(A) as connection:
            await asyncio.sleep(0)
            time.sleep(0.5)  # noqa: ASYNC251 - as when a statement is written for the first time
            await connection.fetchval("SELECT 1")

    await asyncio.gather(hold(), backend(pool, A))
    await pool.close()


async def test_who_gives_up_as_the_turn_comes_passes_it_on(opening: Opening) -> None:
    pool = TenantPool(opening, size=1, patience=0.2)
    async with pool.serving(A):
        waiting = asyncio.create_task(backend(pool, B))
        await asyncio.sleep(0)
    waiting.cancel()  # the connection is its own already, only it has not woken up yet
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await backend(pool, A)
    assert len(opening.opened) == 1
    await pool.close()


async def test_the_room_of_a_lost_connection_is_the_next_ones_and_nobody_elses(opening: Opening) -> None:
    """One holder loses its connection; somebody waits for the room, and a third comes along in that moment."""
    pool = TenantPool(opening, size=1, patience=5)
    together = most = 0

    async def take() -> None:
        nonlocal together, most
        async with pool.serving(A) as connection:
            together += 1
            most = max(most, together)
            await connection.fetchval("SELECT pg_sleep(0.01)")
            together -= 1

    with suppress(ZeroDivisionError):
        async with pool.serving(A):
            waiting = asyncio.create_task(take())
            await asyncio.sleep(0)
            raise ZeroDivisionError  # the pool cannot know what the connection is doing: it closes it
    await take()  # at once: whoever waits has not woken up yet
    await waiting
    assert most == 1
    assert opening.most == 1
    await pool.close()


async def test_there_are_never_more_connections_than_allowed(opening: Opening) -> None:
    pool = TenantPool(opening, size=3, patience=5)

    async def use(number: int) -> None:
        chance = random.random()
        with suppress(ZeroDivisionError, asyncpg.PostgresError):
            async with pool.serving(random.choice((A, B, C))) as connection:
                if chance < 0.3:
                    raise ZeroDivisionError
                await connection.fetchval("SELECT 1 / 0" if chance < 0.4 else "SELECT 1")

    async def cancelled(number: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(0, 0.03)):
                await use(number)

    await asyncio.gather(*((use if number % 3 else cancelled)(number) for number in range(150)))
    assert opening.most <= 3
    async with asyncio.TaskGroup() as tasks:  # all the room is still there
        all_in = asyncio.Barrier(3)

        async def hold(organization: UUID) -> None:
            async with pool.serving(organization):
                await asyncio.wait_for(all_in.wait(), 2)

        for organization in (A, B, C):
            tasks.create_task(hold(organization))
    await pool.close()


async def test_a_failed_opening_leaves_its_room(opening: Opening) -> None:
    pool = TenantPool(opening, size=1, patience=0.2)
    opening.failing = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            await backend(pool, A)
    opening.failing = False
    assert await backend(pool, A)
    await pool.close()


async def test_the_next_one_may_try_when_an_opening_failed(opening: Opening) -> None:
    pool = TenantPool(opening, size=1, patience=5)
    opening.failing = True
    results = await asyncio.gather(*(backend(pool, A) for _ in range(4)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 4
    await pool.close()


async def test_a_server_that_is_not_there_is_unavailable(database: Database) -> None:
    pool = TenantPool.to("postgresql://orderwright@/nothing?host=/nonexistent", size=1)
    with pytest.raises(Unavailable):
        await PostgresReadiness(pool).check()
    await pool.close()


async def test_a_server_that_hangs_is_known_to_be_unavailable_within_two_seconds(wire: Wire) -> None:
    pool = TenantPool.to(wire.dsn, size=1)
    await PostgresReadiness(pool).check()
    start = monotonic()
    wire.hold_answers()
    with pytest.raises(Unavailable):
        async with asyncio.timeout(10):
            await PostgresReadiness(pool).check()
    assert monotonic() - start < 2
    wire.let_answers_pass()
    await PostgresReadiness(pool).check()
    await pool.close()


async def test_readiness_wants_no_organization(three: TenantPool) -> None:
    await PostgresReadiness(three).check()


async def test_a_closed_pool_lends_nothing_and_opens_nothing(opening: Opening) -> None:
    pool = TenantPool(opening, size=1, patience=0.2)
    async with pool.serving(A):
        waiting = asyncio.create_task(backend(pool, B))
        await asyncio.sleep(0)
        await pool.close()
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await backend(pool, A)
    assert len(opening.opened) == 1
    assert opening.opened[0].is_closed()


# No stale organization


async def test_a_failed_statement_forgets_the_organization(opening: Opening) -> None:
    pool = TenantPool(opening, size=1)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with pool.serving(A) as connection:
            await connection.fetchval("SELECT 1 / 0")
    (connection,) = opening.opened
    assert connection.organization is None
    assert not connection.is_closed()
    await connection.execute(f"SET app.organization = '{B}'")  # nobody knows what the failed one did
    assert await backend(pool, A) == connection.get_server_pid()
    await pool.close()


async def test_a_transaction_left_open_is_not_lent_again(opening: Opening) -> None:
    pool = TenantPool(opening, size=1)
    async with pool.serving(A) as connection:
        left = connection.get_server_pid()
        await connection.execute("BEGIN")
    assert await backend(pool, A) != left
    await pool.close()


@pytest.mark.parametrize("moment", ["set_config", "pg_sleep"])
async def test_a_connection_whose_user_was_cancelled_is_never_used_again(wire: Wire, moment: str) -> None:
    """Cancelled while the server has already switched but has not been heard, or while it is at work."""
    pool = TenantPool.to(wire.dsn, size=1)
    assert await backend(pool, A)
    async with pool.serving(A) as before:
        pass

    async def serve_b() -> None:
        async with pool.serving(B) as connection:
            if moment == "pg_sleep":
                wire.hold_answers()
            await connection.fetchval("SELECT pg_sleep(0)")

    wire.sent.clear()
    if moment == "set_config":
        wire.hold_answers()
    task = asyncio.create_task(serve_b())
    await wire.until_sent(str(B) if moment == "set_config" else moment)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    wire.let_answers_pass()
    assert before.is_closed()
    assert before.organization != A
    for organization in (A, B, A):
        await backend(pool, organization)
    await pool.close()


async def test_a_cancelled_switch_is_not_remembered_as_the_old_organization(wire: Wire) -> None:
    """The connection itself, without the pool's caution: the next one to be served is served."""
    connection = await Opening(wire.dsn)()
    await connection.serve(A)
    wire.sent.clear()
    wire.hold_answers()
    task = asyncio.create_task(connection.serve(B))
    await wire.until_sent(str(B))
    task.cancel()
    wire.let_answers_pass()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connection.organization is None, "nobody heard whether it was switched"
    await connection.serve(A)
    assert await connection.fetchval(WHO) == str(A)
    await connection.close()


async def test_a_killed_connection_is_replaced(three: TenantPool, behind: asyncpg.Connection) -> None:
    first = await backend(three, A)
    await behind.fetchval("SELECT pg_terminate_backend($1, 1000)", first)
    await asyncio.sleep(0.05)
    assert await backend(three, A) != first


async def test_a_connection_killed_at_work_is_unavailable_once(three: TenantPool, behind: asyncpg.Connection) -> None:
    async def work() -> None:
        async with three.serving(A) as connection:
            pids.put_nowait(connection.get_server_pid())
            await connection.fetchval("SELECT pg_sleep(5)")

    pids: asyncio.Queue[int] = asyncio.Queue()
    task = asyncio.create_task(work())
    await behind.fetchval("SELECT pg_terminate_backend($1, 1000)", await pids.get())
    with pytest.raises(Unavailable):
        await task
    assert await backend(three, A)


async def test_a_restart_costs_each_connection_at_most_one_failure(
    three: TenantPool, behind: asyncpg.Connection
) -> None:
    for connection in await serve_at_once(three, A, B, C):
        await behind.fetchval("SELECT pg_terminate_backend($1, 1000)", connection.get_server_pid())
    failures = 0
    for organization in (A, B, C) * 3:
        try:
            await backend(three, organization)
        except Unavailable:
            failures += 1
    assert failures <= 3
    assert await backend(three, A)


async def test_whatever_is_cancelled_or_fails_nobody_sees_another_organizations_rows(
    pool: TenantPool, opening: Opening
) -> None:
    """Reads without any filter of their own, with cancels, errors and open transactions among them."""
    shops = [await Shop.open(pool) for _ in range(2)]
    narrow = TenantPool(opening, size=3, patience=5)
    answers = wrong = 0

    async def read(shop: Shop) -> None:
        nonlocal answers, wrong
        chance = random.random()
        async with narrow.serving(shop.organization) as connection:
            if chance < 0.1:
                await connection.fetch("SELECT 1 / 0")
            if chance < 0.2:
                await connection.execute("BEGIN")
            seen = {row[0] for row in await connection.fetch("SELECT organization_id FROM customers")}
            if chance < 0.25:
                raise ZeroDivisionError
            if chance < 0.3:
                await connection.execute("ROLLBACK")
        answers += 1
        wrong += seen != {shop.organization}

    async def reader(times: int) -> None:
        for _ in range(times):
            with suppress(TimeoutError, ZeroDivisionError, asyncpg.PostgresError):
                async with asyncio.timeout(random.choice((None, None, random.uniform(0, 0.004)))):
                    await read(random.choice(shops))

    await asyncio.gather(*(reader(trials(5_000, 400) // 8) for _ in range(8)))
    await narrow.close()
    assert wrong == 0
    assert answers > trials(5_000, 400) // 4
    assert opening.most <= 3
