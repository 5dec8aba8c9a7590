"""The databases: seeded once for each size, copied for every run, and checked when it is over."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

import asyncpg
from rich.console import Console

from adapters.argon2 import Argon2Passwords
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres import Pooler, PostgresBegin, TenantPool
from adapters.postgres.founding import LOGIN, found_database
from adapters.postgres.migrating import migrate_up
from adapters.postgres.seeding import WRITERS, Seeder
from adapters.records.invariants import Breach
from adapters.system import SystemClock, new_id
from application.identity.sign_up import SignUp, SignUpHandler
from domain.identity.passwords import NewPassword
from domain.shared.money import Currency
from entrypoints.checking import ROOT
from entrypoints.invariants import check_books

SLUG: Final = "bench"
OWNER: Final = "owner@bench.example"
PASSWORD: Final = "nothing is secret here"  # noqa: S105 - of a database that holds made-up orders
PRODUCTS: Final = 1_000
CHANCE: Final = 20_260_101

BARE: Final = """
    ALTER TABLE order_lines ALTER shipped SET DEFAULT 0, ALTER delivered SET DEFAULT 0, ALTER returned SET DEFAULT 0,
        ALTER recalled SET DEFAULT 0;
    DO $$ DECLARE one regclass; BEGIN
        FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY', one);
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', one);
        END LOOP;
    END $$;
"""
"""What peers are spared: the product's triggers and its wall. Keys, indexes and rows are the same."""


def cache() -> Path:
    """Where everything lies that is made once."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "orderwright" / "bench"


@dataclass(frozen=True, slots=True)
class Copy:
    """A database of this run. `dsn` is the service's own way into it, `superuser` looks behind the wall."""

    stage: "Stage"
    name: str
    orders: int

    @property
    def dsn(self) -> str:
        return self.stage.server.dsn(LOGIN, self.name)

    @property
    def superuser(self) -> str:
        return self.stage.server.dsn("postgres", self.name)


@dataclass(frozen=True, slots=True)
class Known:
    """What of a seeded organization requests are made of. `shipped`: orders on their way, with their versions."""

    organization: UUID
    owner: UUID
    customers: list[UUID]
    products: list[UUID]
    orders: list[UUID]
    shipped: list[tuple[UUID, int]]
    deep: tuple[datetime, UUID]
    deep_page: int

    @classmethod
    async def of(cls, copy: Copy) -> Self:
        admin = await asyncpg.connect(copy.superuser)
        try:
            organization = await admin.fetchval("SELECT id FROM organizations WHERE slug = $1", SLUG)
            page = min(40_000, copy.orders // 25)
            newest = "SELECT created_at, id FROM orders ORDER BY created_at DESC, id DESC OFFSET $1 LIMIT 1"
            return cls(
                organization,
                await admin.fetchval("SELECT id FROM members"),
                await _ids(admin, "SELECT id FROM customers ORDER BY id"),
                await _ids(admin, "SELECT id FROM products ORDER BY id"),
                await _ids(admin, "SELECT id FROM orders ORDER BY md5(id::text) LIMIT 5000"),
                [tuple(row) for row in await admin.fetch(SHIPPED)],
                tuple(await admin.fetchrow(newest, page * 20)),
                page,
            )
        finally:
            await admin.close()


SHIPPED: Final = """
    SELECT id, version FROM orders WHERE status = 'shipped' ORDER BY md5(id::text) LIMIT 100000
"""


async def _ids(connection: asyncpg.Connection, query: str) -> list[UUID]:
    return [row["id"] for row in await connection.fetch(query)]


@dataclass(frozen=True, slots=True)
class Stage:
    """A PostgreSQL server of our own, durable as any, and what was seeded in it."""

    server: EmbeddedPostgres
    console: Console

    @classmethod
    @contextmanager
    def opened(cls, console: Console) -> Iterator[Self]:
        directory = cache() / "stage"
        directory.mkdir(parents=True, exist_ok=True)
        with EmbeddedPostgres.start(directory) as server:
            yield cls(server, console)

    async def copy(self, name: str, orders: int, *, bare: bool = False) -> Copy:
        """Return a fresh copy of `orders` seeded orders; those are made first where they are missing."""
        template = await self._seeded(orders)
        async with self._admin() as admin:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        copy = Copy(self, name, orders)
        inside = await asyncpg.connect(copy.superuser)
        try:
            await inside.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            if bare:
                await inside.execute(BARE)
        finally:
            await inside.close()
        return copy

    async def drop(self, *copies: Copy) -> None:
        async with self._admin() as admin:
            for copy in copies:
                await admin.execute(f'DROP DATABASE IF EXISTS "{copy.name}" WITH (FORCE)')

    async def said(self, setting: str) -> str:
        async with self._admin() as admin:
            return str(await admin.fetchval("SELECT current_setting($1)", setting))

    async def _seeded(self, orders: int) -> str:
        revision = max(path.stem for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))[:4]
        name = f"seeded_{revision}_{orders}"
        async with self._admin() as admin:
            if await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
                return name
            draft = f"{name}_draft"
            await admin.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
        self.console.print(f"Seeding {orders} orders, once …")
        await found_database(self.server.dsn(), self.server.dsn(database=draft), draft)
        await self._fill(draft, orders)
        async with self._admin() as admin:
            await admin.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
        return name

    async def _fill(self, name: str, orders: int) -> None:
        dsn = self.server.dsn(LOGIN, name)
        await migrate_up(dsn)
        pool = TenantPool.to(dsn, size=WRITERS, patience=5)
        try:
            sign_up = SignUpHandler(PostgresBegin(pool, SystemClock(), new_id), new_id, Argon2Passwords())
            signed = await sign_up(
                SignUp(
                    request_id="bench",
                    name="Bench",
                    slug=SLUG,
                    currency=Currency("EUR"),
                    sandbox=True,
                    owner_email=OWNER,
                    owner_name="Owner",
                    password=NewPassword(PASSWORD),
                )
            )
            chance = random.Random(CHANCE)  # noqa: S311 - nothing that it draws is a secret
            seeder = Seeder(pool, signed.organization.id, Currency("EUR"), SystemClock().now(), chance)
            written = _Progress(self.console, orders)
            await seeder.seed(orders, written, products=PRODUCTS, customers=max(10, orders // 1_000))
        finally:
            await pool.close()
        inside = await asyncpg.connect(self.server.dsn(database=name))
        try:
            await inside.execute("VACUUM ANALYZE")
            await inside.execute("CHECKPOINT")
        finally:
            await inside.close()

    def _admin(self) -> "_Admin":
        return _Admin(self.server.dsn())


@dataclass(slots=True)
class _Progress:
    """Says every tenth of it."""

    console: Console
    whole: int
    done: int = 0

    def __call__(self, more: int) -> None:
        before, self.done = self.done, self.done + more
        if self.done * 10 // self.whole > before * 10 // self.whole:
            self.console.print(f"  {self.done * 100 // self.whole} %")


class _Admin:
    """A connection of the superuser's, as long as it takes."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await asyncpg.connect(self._dsn)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


async def breaches_in(copy: Copy) -> tuple[list[Breach], dict[str, int]]:
    """Check everything that the database holds. Returns what does not hold, and how much was looked at."""
    found: list[Breach] = []
    tally: Any = await check_books(copy.dsn, Pooler.NONE, found.append)
    return found, dict(tally)
