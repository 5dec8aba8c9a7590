"""What is revoked anywhere is known to every process within a second, or nobody is let in."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import PostgresRevocations, TenantPool, revocations
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.revocations import EVERY, HOW, STALE
from adapters.system import new_id
from application.identity.ports import Bearer
from application.identity.signed_in import SignedIn
from application.shared.caller import PrincipalKind
from application.shared.errors import Unavailable
from domain.identity.errors import InvalidToken
from domain.identity.roles import Role
from domain.ids import OrganizationId
from tests.adapters.postgres.shop import OWNER, Shop
from tests.adapters.postgres.wire import Wire
from tests.postgres import Database

WITHIN: Final = 1.0
"""Seconds."""

AT_ONCE: Final = EVERY / 2
"""Seconds: less than from one question to the next, so that only a notification can have told."""


def lets_in(watch: PostgresRevocations, bearer: Bearer) -> bool:
    try:
        watch.check(bearer)
    except InvalidToken:
        return False
    return True


async def seconds_until(fact: Callable[[], bool], most: float = 5.0) -> float:
    """How long it took for something to become so."""
    begun = monotonic()
    while not fact():
        assert monotonic() - begun < most, "it never became so"
        await asyncio.sleep(0.002)
    return monotonic() - begun


@asynccontextmanager
async def watching(dsn: str, *, listens: bool = True) -> AsyncIterator[PostgresRevocations]:
    watch = PostgresRevocations(lambda: connect(dsn), listens=listens)
    await watch.start()
    try:
        yield watch
    finally:
        await watch.stop()


async def connect(dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(dsn, **HOW[Pooler.NONE], timeout=3)


@pytest.fixture
async def signed_in(shop: Shop) -> SignedIn:
    return await shop.people.log_in(OWNER, user_agent="A Browser")


@pytest.fixture
def bearer(shop: Shop, signed_in: SignedIn) -> Bearer:
    return shop.people.tokens.verify(signed_in.access.token)


async def test_a_logout_is_known_everywhere_at_once(
    database: Database, shop: Shop, signed_in: SignedIn, bearer: Bearer
) -> None:
    async with watching(database.dsn) as one, watching(database.dsn) as other:
        assert lets_in(one, bearer)
        assert lets_in(other, bearer)
        await asyncio.sleep(EVERY / 4)  # the next question is some time off
        await shop.people.log_out(signed_in.refresh_token)
        assert await seconds_until(lambda: not (lets_in(one, bearer) or lets_in(other, bearer))) < AT_ONCE


async def test_a_revoked_key_is_known_at_once(database: Database, shop: Shop) -> None:
    key, other = await shop.people.create_key(), await shop.people.create_key()
    async with watching(database.dsn) as watch:
        await asyncio.sleep(EVERY / 4)
        await shop.people.revoke_key(key.shown.id)
        assert await seconds_until(lambda: not lets_in(watch, bearer_of(key.shown.id))) < AT_ONCE
        assert lets_in(watch, bearer_of(other.shown.id))


async def test_twenty_sessions_that_end_in_one_statement_are_known_at_once(database: Database, shop: Shop) -> None:
    logged_in = [await shop.people.log_in(OWNER) for _ in range(20)]
    bearers = [shop.people.tokens.verify(one.access.token) for one in logged_in]
    async with watching(database.dsn) as watch:
        await shop.people.log_out_everywhere(shop.owner)
        assert await seconds_until(lambda: not any(lets_in(watch, bearer) for bearer in bearers)) < WITHIN


async def test_what_no_notification_told_is_asked_for(
    database: Database, shop: Shop, signed_in: SignedIn, bearer: Bearer
) -> None:
    async with watching(database.dsn, listens=False) as watch:
        assert lets_in(watch, bearer)
        await shop.people.log_out(signed_in.refresh_token)
        assert await seconds_until(lambda: not lets_in(watch, bearer)) < WITHIN


async def test_what_was_revoked_before_is_known_at_the_start(
    database: Database, shop: Shop, signed_in: SignedIn, bearer: Bearer
) -> None:
    key = await shop.people.create_key()
    await shop.people.revoke_key(key.shown.id)
    await shop.people.log_out(signed_in.refresh_token)
    async with watching(database.dsn) as watch:
        assert not lets_in(watch, bearer)
        assert not lets_in(watch, bearer_of(key.shown.id))
        assert lets_in(watch, bearer_of(new_id()))


async def test_what_was_revoked_while_the_connection_was_away_is_known_once_it_is_back(
    database: Database,
    behind: asyncpg.Connection,
    shop: Shop,
    signed_in: SignedIn,
    bearer: Bearer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened: list[asyncpg.Connection] = []
    allowed = asyncio.Event()
    allowed.set()

    async def open_() -> asyncpg.Connection:
        await allowed.wait()
        opened.append(await connect(database.dsn))
        return opened[-1]

    watch = PostgresRevocations(open_)
    await watch.start()
    allowed.clear()
    assert await behind.fetchval("SELECT pg_terminate_backend($1)", opened[0].get_server_pid())
    await seconds_until(opened[0].is_closed)
    await shop.people.log_out(signed_in.refresh_token)
    await asyncio.sleep(EVERY * 1.5)
    assert lets_in(watch, bearer), "nobody has told, nobody was asked"
    allowed.set()
    assert await seconds_until(lambda: not lets_in(watch, bearer)) < WITHIN
    again = await shop.people.log_in(OWNER)
    known = shop.people.tokens.verify(again.access.token)
    await shop.people.log_out(again.refresh_token)
    assert await seconds_until(lambda: not lets_in(watch, known)) < AT_ONCE, "it listens again"
    assert len(opened) == 2
    await watch.stop()


async def test_without_an_answer_nobody_is_let_in_and_with_one_everybody_who_may(
    shop: Shop, wire: Wire, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server hears, and nobody hears the server: a connection that looks alive."""
    other = await shop.people.log_in(OWNER)
    gone = shop.people.tokens.verify(other.access.token)
    monkeypatch.setattr(revocations, "STALE", 1.5)
    caplog.set_level(logging.CRITICAL, logger="orderwright.revocations")

    def refuses() -> bool:
        try:
            watch.check(bearer)
        except Unavailable:
            return True
        return False

    async with watching(wire.dsn) as watch:
        await asyncio.sleep(2 * EVERY)
        assert not refuses()
        wire.hold_answers()
        held = await seconds_until(refuses, most=4)
        assert 1.5 - 2 * EVERY < held < 2.5
        await shop.people.log_out(other.refresh_token)
        await asyncio.sleep(1)
        assert refuses()
        wire.let_answers_pass()
        await seconds_until(lambda: not refuses(), most=6)
        assert not lets_in(watch, gone)
        assert lets_in(watch, bearer)


def test_the_limit_is_some_seconds() -> None:
    """Less and every hiccup would lock everybody out; more and a stolen token would be good for longer."""
    assert STALE == 5.0


async def test_while_there_is_nobody_to_ask_nobody_is_let_in(database: Database, bearer: Bearer) -> None:
    watch = PostgresRevocations.of(database.dsn.replace(database.name, "no_such_database"))
    await watch.start()
    with pytest.raises(Unavailable):
        watch.check(bearer)
    await watch.stop()


# What the system may see


@pytest.fixture
async def system(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(database.dsn)
    yield connection
    connection.terminate()


async def test_the_system_sees_which_are_revoked_and_when(
    system: asyncpg.Connection, pool: TenantPool, shop: Shop, signed_in: SignedIn, bearer: Bearer
) -> None:
    """Of every organization; of what is live not even that it exists."""
    other = await Shop.open(pool)
    theirs = await other.people.log_in(OWNER)
    ours_live = shop.people.tokens.verify((await shop.people.log_in(OWNER)).access.token).credential
    before = await visible(system, "sessions")
    await shop.people.log_out(signed_in.refresh_token)
    await other.people.log_out(theirs.refresh_token)
    their_credential = other.people.tokens.verify(theirs.access.token).credential
    assert await visible(system, "sessions") - before == {bearer.credential, their_credential}
    assert ours_live not in await visible(system, "sessions")

    key, live = await shop.people.create_key(), await shop.people.create_key()
    await shop.people.revoke_key(key.shown.id)
    keys = await visible(system, "api_keys")
    assert key.shown.id in keys
    assert live.shown.id not in keys


async def visible(system: asyncpg.Connection, table: str) -> set[UUID]:
    return {row["id"] for row in await system.fetch(f"SELECT id, revocation_noted_at FROM {table}")}


HIDDEN: Final = (
    "SELECT user_agent FROM sessions",
    "SELECT member_id FROM sessions",
    "SELECT head_id FROM sessions",
    "SELECT count(*) FILTER (WHERE revoked_because = 'removed') FROM sessions",
    "SELECT * FROM sessions",
    "SELECT name FROM api_keys",
    "SELECT prefix FROM api_keys",
    "SELECT secret_hash FROM api_keys",
    "SELECT organization_id FROM api_keys",
    "SELECT id FROM refresh_tokens",
    "SELECT id FROM members",
    "SELECT slug FROM organizations",
    "SELECT name FROM organizations",
    "SELECT total FROM orders",
    "SELECT body FROM events",
    "SELECT subject_id FROM events",
    "UPDATE sessions SET revoked_at = NULL",
    "UPDATE api_keys SET revoked_at = now()",
    "DELETE FROM api_keys",
    "SELECT id FROM sessions FOR UPDATE",
    "SELECT organization_of_slug('a')",
)


@pytest.mark.parametrize("statement", HIDDEN)
async def test_the_system_sees_and_does_nothing_else(system: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await system.execute(statement)


def bearer_of(key: UUID) -> Bearer:
    """Whoever holds this key."""
    return Bearer(
        organization=OrganizationId(new_id()),
        kind=PrincipalKind.API_KEY,
        id=key,
        role=Role.VIEWER,
        customer_id=None,
        credential=key,
    )
