"""The worker: what the house does by itself. Any number of them may run, beside the API or alone, and die at any time.

Loops: one looks four times a second for orders that are due, one as often for events that wait for their places in the
feed, one for what is to be delivered, one every second for payments that nobody is at any more, one every five seconds
at the stock of some products; the last lets PgQueuer carry out what is scheduled.
Requests enqueue nothing: what is due, the rows themselves say.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from time import monotonic
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
from dishka import AsyncContainer

from adapters.postgres import Pooler, PostgresDueScan, PostgresStockAudit
from adapters.postgres.cleaning import remove_ended_sessions, remove_expired_answers, remove_old_job_logs
from adapters.postgres.due_scan import DUE_PAYMENTS
from adapters.postgres.lane_scan import PostgresLaneScan
from adapters.postgres.unnumbered import UNNUMBERED
from adapters.prometheus import Meters
from adapters.system import new_id
from application.delivery.carry import CarryHandler
from application.feed.relay_events import RelayEvents
from application.operations.ports import AuditWatch
from application.ordering.expire_order import ExpireOrder, expired
from application.ordering.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from application.shared.answering import Answering
from application.shared.caller import SYSTEM, Caller
from application.shared.due import Due as DueNow
from application.shared.errors import Interrupted
from application.shared.several import several
from domain.ids import OrderId
from domain.ordering.order import Order
from entrypoints.carrying import Carrying
from entrypoints.logs import WORKER, tell
from entrypoints.settings import Settings

EVERY: Final = 0.25
"""Seconds between two looks for what is due."""

LONGEST: Final = 5.0
"""Seconds between two looks while the database is away: the pause doubles up to here."""

LOOKED_FOR: Final = 1000
"""Orders that are looked for at once."""

AUDIT: Final = 5.0
"""Seconds between two looks at the stock of some products."""

AT_ONCE: Final = 4
"""Orders that are worked at at the same time: each wants a connection of the pool that requests use, too."""

REST: Final = 60.0
"""Seconds that an order is left alone which could not be worked at; the others do not wait for it."""

TURN: Final = 1.0
"""Seconds that one organization's events are relayed before others have their turn."""

DRAIN: Final = 20.0
"""Seconds that a worker has to end what it has begun."""

AWAY: Final = (Interrupted, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What it looks like when the database is gone, or too busy to answer."""

_LOG: Final = logging.getLogger(WORKER)


class Work(Protocol):
    """One thing that a worker does again and again."""

    async def once(self, stop: asyncio.Event) -> bool:
        """Do what there is to do; when `stop` is set, end what has begun. Say whether there is more to do at once."""

    async def close(self) -> None:
        """Let go of what was held between two times."""


@dataclass(slots=True)
class Worker:
    """Runs its loops from `start` to `stop`; nothing else ends them."""

    loops: "Sequence[Repeated]"
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(loop.run(self._stop), name=f"worker: {loop.name}") for loop in self.loops]
        tell(_LOG, "the worker has begun")

    async def stop(self, *, within: float = DRAIN) -> None:
        """End what has begun; what takes longer than `within` seconds is cut off, and somebody else does it again."""
        self._stop.set()
        if not self._tasks:
            return
        _, slow = await asyncio.wait(self._tasks, timeout=within)
        for task in slow:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        tell(_LOG, "the worker has ended", cutOff=len(slow))


@dataclass(slots=True)
class Repeated:
    """Does something again and again: at once, where there was much to do; after a while, where there was nothing;
    after a longer one, while the database is away.
    """

    name: str
    work: Work
    every: float = EVERY
    longest: float = LONGEST

    async def run(self, stop: asyncio.Event) -> None:
        try:
            await self._run(stop)
        finally:
            await self.work.close()

    async def _run(self, stop: asyncio.Event) -> None:
        pause, away = self.every, False
        while not stop.is_set():
            began = monotonic()
            try:
                pause = 0.0 if await self.work.once(stop) else self.every
                if away and not stop.is_set():  # what has only ended says nothing of the database
                    away = False
                    tell(_LOG, "the database is back", loop=self.name)
            except AWAY as error:
                if monotonic() - began > self.longest:  # it worked that long, so the database had been there
                    pause, away = self.every, False
                pause = min(max(pause, self.every) * 2, max(self.longest, self.every))
                if not away:
                    away = True
                    _LOG.warning("%s: the database is away: %s", self.name, error.__class__.__name__)
            except Exception:  # noqa: BLE001 - a worker never dies of what it works at
                pause = min(max(pause, self.every) * 2, self.longest)
                _LOG.exception("%s", self.name)
            await _pause(stop, pause)


@dataclass(slots=True)
class Due:
    """Does what is due, of all organizations. The scan says what might be due; whether it is, the use case sees. What
    happens with every request (`told` is None) is not told.
    """

    job: str
    told: str | None
    scan: PostgresDueScan
    do: Callable[[Caller, OrderId], Awaitable[bool]]
    _resting: dict[UUID, float] = field(default_factory=dict)

    async def once(self, stop: asyncio.Event) -> bool:
        now = monotonic()
        self._resting = {order: until for order, until in self._resting.items() if until > now}
        found = await self.scan.due(LOOKED_FOR, but=self._resting)
        if not found:
            return False
        random.shuffle(found)  # so that several workers do not all begin with the same one
        count = sum(await several(self._calls(found, stop), at_once=AT_ONCE, until=float("inf")))
        if count and self.told is not None:
            tell(_LOG, self.told, job=self.job, count=count)
        return count > 0 and len(found) >= LOOKED_FOR

    async def close(self) -> None:
        await self.scan.close()

    def _calls(self, found: Sequence[tuple[UUID, OrderId]], stop: asyncio.Event) -> Iterator[Callable[[], Any]]:
        request_id = str(new_id())
        for organization, order in found:
            if stop.is_set():
                return
            caller = Caller(organization=organization, principal=SYSTEM, request_id=request_id)
            yield partial(self._done, caller, order)

    async def _done(self, caller: Caller, order: OrderId) -> bool:
        try:
            return await self.do(caller, order)
        except Interrupted:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the others do not wait for it
            self._resting[order] = monotonic() + REST
            _LOG.exception("%s: %s of %s cannot be worked at", self.job, order, caller.organization)
            return False


def expiry(scan: PostgresDueScan, expire: Callable[[ExpireOrder], Awaitable[Order]]) -> Due:
    """Expire the orders that nobody confirmed in time."""

    async def do(caller: Caller, order: OrderId) -> bool:
        return await expired(expire, ExpireOrder(caller=caller, order_id=order))

    return Due("expire-orders", "orders expired", scan, do)


def reconciliation(scan: PostgresDueScan, reconcile: Callable[[ReconcilePayment], Awaitable[bool]]) -> Due:
    """Ask what became of money that was under way when somebody stopped being at it."""

    async def do(caller: Caller, order: OrderId) -> bool:
        return await reconcile(ReconcilePayment(caller=caller, order_id=order))

    return Due("reconcile-payments", "payments reconciled", scan, do)


def relaying(scan: PostgresDueScan, relay: RelayEvents) -> Due:
    """Give events their places in the feed, organization after organization."""

    async def do(caller: Caller, _: OrderId) -> bool:
        return await relay(DueNow(caller=caller, at=datetime.now(UTC), until=monotonic() + TURN)) > 0

    return Due("relay-events", None, scan, do)


@dataclass(slots=True)
class Scheduled:
    """Carries out what is scheduled, and what has to be tried again."""

    dsn: str

    async def once(self, stop: asyncio.Event) -> bool:
        jobs = await asyncio.to_thread(import_module, "adapters.postgres.jobs")  # large: nobody waits for it
        await jobs.JobQueue(self.dsn).work(scheduled(self.dsn), stop)
        return False

    async def close(self) -> None:
        """The queue lets go by itself."""


@dataclass(slots=True)
class StockAudit:
    """Compares the stock of all products with their ledgers, some products each time, and says what is wrong."""

    audit: PostgresStockAudit
    watch: AuditWatch

    async def once(self, _: asyncio.Event) -> bool:
        some = await self.audit.next()
        if some.oversold or some.unbalanced:
            _LOG.error("the stock of %s products is not what it must be", max(some.oversold, some.unbalanced))
        self.watch.audited(some)
        return False

    async def close(self) -> None:
        await self.audit.close()


def scheduled(dsn: str) -> Sequence[Any]:
    """Return what is scheduled, in a database that is reached directly."""
    jobs = import_module("adapters.postgres.jobs")
    return [
        jobs.Job(name=name, cron=cron, run=partial(_noted, name, partial(remove, dsn)))
        for name, cron, remove in (
            ("remove-expired-answers", "7 * * * *", remove_expired_answers),
            ("remove-ended-sessions", "23 3 * * *", remove_ended_sessions),
            ("remove-old-job-logs", "43 3 * * *", remove_old_job_logs),
        )
    ]


async def worker_of(container: AsyncContainer, settings: Settings) -> Worker:
    """Return the worker of a process, over the use cases of its container."""
    dsn, pooler = settings.database_url or "", settings.database_pooler
    expire = await container.get(Answering[ExpireOrder, Order])
    reconcile = await container.get(ReconcilePaymentHandler)
    relay = await container.get(RelayEvents)
    due = (
        Repeated("expiry", expiry(PostgresDueScan(dsn, pooler), expire)),
        Repeated("deliveries", Carrying(PostgresLaneScan(dsn, pooler), await container.get(CarryHandler))),
        Repeated("relay", relaying(PostgresDueScan(dsn, pooler, due=UNNUMBERED), relay)),
        Repeated("payments", reconciliation(PostgresDueScan(dsn, pooler, due=DUE_PAYMENTS), reconcile), every=1.0),
        Repeated("stock audit", StockAudit(PostgresStockAudit(dsn, pooler), await container.get(Meters)), every=AUDIT),
    )
    if pooler is not Pooler.NONE:
        return Worker(due)
    return Worker((*due, Repeated("jobs", Scheduled(dsn), every=1.0)))


async def _noted(name: str, run: Callable[[], Awaitable[int]]) -> None:
    tell(_LOG, "job done", job=name, count=await run())


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
