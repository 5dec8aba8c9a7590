"""What the product sends to PostgreSQL to place an order: caught on its way, with the values of many orders.

The product itself is asked, in this process; what it reads is read, what it would write is kept for later. So who sends
it later writes exactly what the product would have written: the database stays as true as before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg
from dishka import Provider, Scope
from litestar import Litestar

from adapters.postgres import TenantPool
from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection
from adapters.system import new_id
from application.identity.ports import Bearer, Tokens
from application.shared.caller import PrincipalKind
from benchmarks.stage import Copy, Known
from benchmarks.workloads import Requests
from domain.identity.roles import Role
from domain.ids import OrganizationId
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings

WRITES: Final = "INSERT INTO orders"

CACHED: Final = 400
"""Prepared statements that a connection keeps, as the product's do."""

Values = tuple[Any, ...]


@dataclass(slots=True)
class Placements:
    """Two statements, and what each order gives them. `trips`: how often the driver was asked, for each order."""

    read: str = ""
    write: str = ""
    given: list[tuple[Values, Values]] = field(default_factory=list)
    trips: set[int] = field(default_factory=set)


class Catching(TenantConnection):
    """A connection that reads, and keeps what it is asked to write."""

    __slots__ = ("caught", "sent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sent: list[tuple[str, Values]] = []
        self.caught: tuple[str, Values] | None = None

    async def fetch(self, query: str, *args: Any, **kwargs: Any) -> Any:
        self.sent.append((query, args))
        if WRITES in query:
            self.caught = (query, args)
            return [(False, False)]  # as if the key were somebody else's just now, so that nothing is tried again
        return await super().fetch(query, *args, **kwargs)


async def caught(copy: Copy, known: Known, environment: Mapping[str, str], orders: int) -> Placements:
    """Place so many orders, but for the writing."""
    connection: Catching = await asyncpg.connect(
        copy.dsn,
        connection_class=Catching,
        server_settings=SERVER_SETTINGS,
        statement_cache_size=CACHED,
        max_cached_statement_lifetime=0,
    )

    async def only() -> TenantConnection:
        return connection

    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: TenantPool(only, size=1), provides=TenantPool, override=True)
    settings = Settings.read({**environment, "DATABASE_URL": copy.dsn})
    container = container_of(settings, provider)
    app = create_app(container, settings)
    found = Placements()
    async with app.lifespan():
        tokens: Tokens = await container.get(Tokens)
        bearer = Bearer(
            organization=OrganizationId(known.organization),
            kind=PrincipalKind.USER,
            id=known.owner,
            role=Role.OWNER,
            customer_id=None,
            credential=new_id(),
        )
        wanted = Requests(known, 0, "caught", tokens.issue(bearer).token, keys="caught").of("W1").requests
        for _ in range(orders + 1):
            connection.sent.clear()
            connection.caught = None
            status = await _asked(app, next(wanted))
            if connection.caught is None:
                raise RuntimeError(f"an order was not placed, but answered with {status}")
            (found.read, read_values), (found.write, values) = connection.sent[-2:]
            found.given.append((read_values, values))
            found.trips.add(len(connection.sent))
    found.given.pop(0)  # by a connection that had to be told first whom it serves
    return found


async def _asked(app: Litestar, request: bytes) -> int:
    """Hand the app a request as the server would, and return the status of its answer."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    method, path, _ = line.decode().split(" ")
    headers = [(name.lower(), value) for name, _, value in (each.partition(b": ") for each in lines)]
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


def as_text(value: object) -> str | None:
    """Return a value as PostgreSQL reads it, so that pgbench can send it."""
    match value:
        case None:
            return None
        case bool():
            return "t" if value else "f"
        case bytes():
            return f"\\x{value.hex()}"
        case list() | tuple():
            return "{" + ",".join(map(_element, value)) + "}"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _element(value: object) -> str:
    text = as_text(value)
    return "NULL" if text is None else json.dumps(text, ensure_ascii=False)
