"""Figures of the whole house, in memory: no pool to wait for, no jobs."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adapters.memory.store import MemoryStore
from application.operations.ports import AGES, TO_DO, UNDECIDED, Figures, PoolFigures
from application.shared.ports import Clock

_OLDEST: Final = {"<1h": timedelta(hours=1), "<6h": timedelta(hours=6), "<24h": timedelta(hours=24)}

_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class MemoryFigures:
    """Implements HouseFigures."""

    store: MemoryStore
    clock: Clock

    async def read(self) -> Figures:
        await asyncio.sleep(0)
        now, orders, units, payments = self.clock.now(), Counter[str](), Counter[str](), Counter[str]()
        waiting: list[datetime] = []
        for organization in self.store.organizations():
            for order in self.store.rows(organization, "orders"):
                if order["status"] == "pending":
                    age = _age(now - order["created_at"])
                    orders[age] += 1
                    units[age] += sum(
                        line["quantity"] for line in self.store.rows(organization, "order_lines", order_id=order["id"])
                    )
            for operation in self.store.rows(organization, "payment_operations"):
                if operation["outcome"] == "open":
                    payment = self.store.row(organization, "payments", operation["payment_id"])
                    payments["unknown" if payment and payment["status"] == "unknown" else "open"] += 1
            events = self.store.rows(organization, "events")
            waiting += [event["at"] for event in events if event.get("position") is None]
        return Figures(
            held_orders={age: orders[age] for age in AGES},
            held_units={age: units[age] for age in AGES},
            payments={which: payments[which] for which in UNDECIDED},
            jobs=dict.fromkeys(TO_DO, 0),
            events_waiting=min(len(waiting), _MOST),
            oldest_event_seconds=max((now - min(waiting)).total_seconds(), 0.0) if waiting else 0.0,
        )


class NoPool:
    """Implements WatchedPool where nothing has to be waited for."""

    def figures(self) -> PoolFigures:
        return PoolFigures(size=0, in_use=0, waiting=0, waits=0, refused=0)


def _age(since: timedelta) -> str:
    return next((age for age, most in _OLDEST.items() if since < most), AGES[-1])
