"""A house, and others like it in which one thing is different: a part of the wiring, a setting, or the store."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
from dishka import Provider, Scope

from application.shared.ports import Clock
from entrypoints.api import create_app
from entrypoints.container import StoreName, container_of, warmed
from entrypoints.settings import Settings
from tests.http.house import Contract, House
from tests.postgres import Database


@dataclass
class MovedClock:
    """The time of day, and as many seconds more as we like."""

    ahead: float = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


@dataclass(frozen=True)
class Failing:
    """A use case that can only fail, and counts how often it did."""

    error: Exception
    times: list[object]

    async def __call__(self, command: object) -> None:
        self.times.append(command)
        raise self.error


def _giving(value: object) -> Callable[[], Any]:
    return lambda: value


@dataclass(frozen=True)
class Scene:
    """Where a test plays."""

    house: House
    settings: Settings
    quick: Provider
    database: Database

    @asynccontextmanager
    async def with_(
        self, swapped: dict[Any, object] | None = None, *, store: StoreName = "memory", **changed: Any
    ) -> AsyncIterator[House]:
        """Open another house, with these parts in the place of ours and these settings. Its requests run at the same
        time where a test sends them so.
        """
        parts = Provider(scope=Scope.APP)
        for part, value in (swapped or {}).items():
            parts.provide(_giving(value), provides=part, override=True)
        settings = replace(self.settings, database_url=self.database.dsn, **changed)
        container = container_of(settings, self.quick, parts, store=store)
        await warmed(container)
        app: Any = create_app(container, settings)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
            client.event_hooks = {"request": [], "response": [Contract(app)]}
            yield await House.found(cast("Any", client), container)
        await container.close()

    @asynccontextmanager
    async def later(self) -> AsyncIterator[tuple[House, MovedClock]]:
        """Open another house, with a clock that we move."""
        clock = MovedClock()
        async with self.with_({Clock: clock}) as house:
            yield house, clock
