"""Figures of the whole house, asked for as the role that scans: it is told counts and sums, and sees no row."""

from collections import defaultdict
from typing import Final
from uuid import UUID

import asyncpg

from adapters.postgres.failures import translated
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.system_connection import SystemConnection
from application.operations.ports import AGES, TO_DO, UNDECIDED, Audited, Figures

FIRST: Final = UUID(int=0)
"""Before every key that there is."""

SLICE: Final = 50
"""Products that are audited at once."""

_FIGURES: Final = "SELECT name, label, value FROM figures()"
_AUDIT: Final = "SELECT checked, oversold, unbalanced, organization, product FROM stock_audit($1, $2, $3)"


class _Asking:
    """Opens its connection when it needs one, and another one after a failure."""

    def __init__(self, dsn: str, pooler: Pooler = Pooler.NONE) -> None:
        self._dsn = dsn
        self._pooler = pooler
        self._connection: SystemConnection | None = None

    async def _ask(self, statement: str, *values: object) -> list[asyncpg.Record]:
        with translated():
            try:
                if self._connection is None:
                    self._connection = await SystemConnection.to(self._dsn, self._pooler, "orderwright figures")
                return await self._connection.fetch(statement, *values)
            except BaseException:
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
                raise

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


class PostgresFigures(_Asking):
    """Implements HouseFigures: one statement."""

    async def read(self) -> Figures:
        told: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for name, label, value in await self._ask(_FIGURES):
            told[name][label] = value

        def by(name: str, labels: tuple[str, ...]) -> dict[str, int]:
            return {label: int(told[name].get(label, 0)) for label in labels}

        return Figures(
            held_orders=by("held_orders", AGES),
            held_units=by("held_units", AGES),
            payments=by("payments", UNDECIDED),
            jobs=by("jobs", TO_DO),
            events_waiting=int(told["events_waiting"][""]),
            oldest_event_seconds=told["oldest_event_seconds"][""],
        )


class PostgresStockAudit(_Asking):
    """Goes round all products of all organizations, some at a time, and compares each with its ledger."""

    _after = FIRST, FIRST

    async def next(self, most: int = SLICE) -> Audited:
        """Audit the products that come next. Raises: Unavailable, Outdated (it took too long)."""
        ((checked, oversold, unbalanced, organization, product),) = await self._ask(_AUDIT, *self._after, most)
        over = checked < most
        self._after = (FIRST, FIRST) if over else (organization, product)
        return Audited(checked, oversold, unbalanced, over)
