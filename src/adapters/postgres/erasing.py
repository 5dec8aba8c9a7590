"""Erasing a customer: one transaction in which its row, its orders, its members and all their events are gone over.

It is the one use case that takes more than a read and a write, as many statements more as it has hundreds of orders:

    the customer    locked against who would order for it, or join for it, meanwhile (see `Touch.awaited`)
    the write       the erased customer, guarded as ever
    its events      what is personal in them
    its orders      locked, all of them; then, slice by slice, what is personal in their events, and they themselves
    its members     locked with their sessions, and erased; and what is personal in their events

Whoever had read one of these before is outdated afterwards, and writes nothing of what it has read.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Text, Update, Uuid, bindparam, func, null, select, update

from adapters.postgres.flush import Flushed, flush
from adapters.postgres.order_select import order_columns, rows_of
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.changes import Changes
from adapters.records.erasing import erased_members, erased_orders
from adapters.records.stamp import Stamp
from adapters.records.tables import customers, events, members, orders, sessions

SLICE: Final = 100
"""Orders that are gone over by one statement."""

_IDS: Final = bindparam("ids", type_=ARRAY(Uuid()))
_SUBJECT: Final = bindparam("subject", type_=Text())
_CUSTOMER: Final = bindparam("customer", type_=Uuid())


@dataclass(frozen=True, slots=True)
class Erasing:
    """`at` is the organization's instant, `instant` the real one."""

    customer: UUID
    stamp: Stamp
    at: datetime
    instant: datetime

    async def __call__(self, connection: TenantConnection, write: Callable[[], Awaitable[Flushed]]) -> Flushed:
        """Go over everything, within the transaction of the connection."""
        here = _Here(connection, self.stamp.caller.organization)
        await here.run(_lock_customer(), customer=self.customer)
        flushed = await write()
        if flushed is Flushed.WRITTEN:
            await here.run(_forget_customer(), subject="customer", ids=[self.customer], customer=self.customer)
            await self._erase_orders(here)
            await self._erase_members(here)
        return flushed

    async def _erase_orders(self, here: "_Here") -> None:
        all_ = [row["id"] for row in await here.run(_lock_orders(), customer=self.customer)]
        for start in range(0, len(all_), SLICE):
            ids = all_[start : start + SLICE]
            await here.run(_forget(), subject="order", ids=ids)
            read = await here.run(_read_orders(), ids=ids)
            await here.write(erased_orders((rows_of(row) for row in read), self.stamp, at=self.at))

    async def _erase_members(self, here: "_Here") -> None:
        rows = await here.run(_lock_members(), customer=self.customer)
        if not rows:
            return
        ids = [row["id"] for row in rows]
        live = await here.run(_lock_sessions(), ids=ids)
        own = {member: list(some) for member, some in groupby(live, key=lambda session: session["member_id"])}
        theirs = ((row, own.get(row["id"], [])) for row in rows)
        await here.write(erased_members(theirs, self.stamp, at=self.instant))
        await here.run(_forget_user_agents(), ids=ids)
        await here.run(_forget(), subject="user", ids=ids)


@dataclass(frozen=True, slots=True)
class _Here:
    connection: TenantConnection
    organization: UUID

    async def run(self, statement: Statement, **values: object) -> list[asyncpg.Record]:
        return await statement.fetch(self.connection, {PARAMETER: self.organization, **values})

    async def write(self, changes: Changes) -> None:
        """Carry out changes of rows that are locked. Raises: RuntimeError, when they are not."""
        if changes and await flush(self.connection, self.organization, changes) is not Flushed.WRITTEN:
            raise RuntimeError("what is locked has changed")


@cache
def _lock_customer() -> Statement:
    this = select(customers.c.id).where(of_organization(customers), customers.c.id == _CUSTOMER)
    return compiled(this.with_for_update())


@cache
def _lock_orders() -> Statement:
    theirs = select(orders.c.id).where(of_organization(orders), orders.c.customer_id == _CUSTOMER)
    return compiled(theirs.order_by(orders.c.id).with_for_update(key_share=True))


@cache
def _read_orders() -> Statement:
    return compiled(select(*order_columns()).where(of_organization(orders), orders.c.id == func.any(_IDS)))


@cache
def _lock_members() -> Statement:
    theirs = select(members).where(of_organization(members), members.c.customer_id == _CUSTOMER)
    return compiled(theirs.order_by(members.c.id).with_for_update(key_share=True))


@cache
def _lock_sessions() -> Statement:
    live = (sessions.c.member_id == func.any(_IDS), sessions.c.revoked_at.is_(None))
    theirs = select(sessions).where(of_organization(sessions), *live)
    return compiled(theirs.order_by(sessions.c.member_id, sessions.c.id).with_for_update(key_share=True))


@cache
def _forget_user_agents() -> Statement:
    theirs = update(sessions).where(of_organization(sessions), sessions.c.member_id == func.any(_IDS))
    return compiled(theirs.where(sessions.c.user_agent.is_not(None)).values(user_agent=null()))


@cache
def _forget() -> Statement:
    return compiled(_forgetting())


@cache
def _forget_customer() -> Statement:
    """All but its last event, which says that it is erased."""
    last = select(customers.c.events_count).where(of_organization(customers), customers.c.id == _CUSTOMER)
    return compiled(_forgetting().where(events.c.sequence < last.scalar_subquery()))


def _forgetting() -> Update:
    theirs: Any = (events.c.subject == _SUBJECT, events.c.subject_id == func.any(_IDS))
    said = update(events).where(of_organization(events), *theirs, events.c.personal.is_not(None))
    return said.values(personal=null())
