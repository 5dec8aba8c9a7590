"""`serve`: database, keys, migrations, demo data, then HTTP until told to stop."""

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from rich.console import Console

from adapters.http.protocol import BoundedHttp
from adapters.postgres import Pooler, TenantPool
from adapters.postgres.migrating import migrate_up
from adapters.postgres.start_check import check_wall
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.database import Database, database
from entrypoints.demo_data import OWNER_EMAIL, PASSWORD, SLUG, create_demo_data
from entrypoints.keys import make_keys
from entrypoints.leaving import NOTICE, run
from entrypoints.logs import log_as
from entrypoints.settings import Settings

APP: Final = "entrypoints.serving:app"

DEFAULT_URL: Final = "http://127.0.0.1:8000"
"""Where `demo` looks when nothing else is said."""

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

DRAIN: Final = 20
"""Seconds that requests under way have to end once we are told to stop, notice included."""

IDLE: Final = 5
"""Seconds that an idle connection is kept."""

SILENT: Final = 30
"""Seconds after which one of several processes is replaced that does not answer the first. While it begins, it does not
answer either: on a busy machine that takes longer than uvicorn's own 5 s, and it would begin for ever."""

HOW: Final[Mapping[str, Any]] = {
    "loop": "uvloop",
    "http": BoundedHttp,
    "ws": "none",
    "log_config": None,  # entrypoints.logs speaks for all
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,  # who sent a request is for adapters.http.client_address to say
    "lifespan": "on",
    "timeout_keep_alive": IDLE,
    "timeout_graceful_shutdown": DRAIN - NOTICE,
    "timeout_worker_healthcheck": SILENT,
}
"""How HTTP is served, wherever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """What the command line says. `demo` makes keys and data of its own, on our own PostgreSQL only; with `worker`,
    each process does what is due, too, unless the environment says otherwise.
    """

    host: str
    port: int
    data_dir: Path
    workers: int
    demo: bool
    worker: bool = True


def serve(wish: Serve, console: Console) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises: SettingsInvalid, EmbeddedPostgresError, RolesMissing, WallMissing, Unavailable: each says what to do.
    """
    os.umask(0o077)  # what the service writes is nobody else's to read
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that whatever is open is closed on the way out
    check_port(wish.host, wish.port)
    with database(wish.data_dir) as place:
        demo = wish.demo and place.embedded
        os.environ.update(_environment(wish, place, demo=demo))
        settings = Settings.read()
        log_as(settings.log)
        asyncio.run(prepare(settings, demo=demo))
        _greet(settings, console, demo=demo)
        run(
            APP,
            factory=True,
            host=wish.host,
            port=wish.port,
            workers=wish.workers,
            **HOW,
        )


def app() -> Litestar:
    """Return the app as the environment says: in this process, or in each of several workers."""
    _die_with_parent()
    settings = Settings.read()
    log_as(settings.log)
    return create_app(container_of(settings), settings, worker=settings.worker)


def check_port(host: str, port: int) -> None:
    """Raises: OSError, when we cannot listen there; better known before anything is started."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error


def _environment(wish: Serve, place: Database, *, demo: bool) -> Mapping[str, str]:
    """What the workers read: our own choices, and for the demo its own keys where none are set."""
    chosen = own_keys(wish.data_dir) if demo else {}
    usual = {"ORDERWRIGHT_SIGNUP": "open", "ORDERWRIGHT_PAYMENTS": "simulated"} if demo else {}
    if demo and wish.host in LOOPBACK:  # the demo's receivers are on this machine
        usual = {**usual, "ORDERWRIGHT_WEBHOOKS_ALLOW_PRIVATE": "true"}
    opened = {name: os.environ.get(name, value) for name, value in usual.items()}
    return {
        **chosen,
        **opened,
        **({} if wish.worker else {"ORDERWRIGHT_WORKER": "off"}),
        "DATABASE_URL": place.url,
        "ORDERWRIGHT_DATABASE_POOLER": place.pooler,
        "ORDERWRIGHT_DATA": str(wish.data_dir.resolve()),
        "ORDERWRIGHT_HOST": wish.host,
        "ORDERWRIGHT_PORT": str(wish.port),
    }


def own_keys(data_dir: Path) -> Mapping[str, str]:
    """Return the variables that name the keys of our own that lie there, made if missing; none that is set already."""
    return {
        f"{name}_FILE": str(file.resolve())
        for name, file in make_keys(data_dir).items()
        if not {name, f"{name}_FILE"} & os.environ.keys()
    }


async def prepare(settings: Settings, *, demo: bool) -> None:
    """Bring the schema up, and see that the wall stands. Raises: RolesMissing, WallMissing, Unavailable."""
    url = settings.database_url or ""
    if settings.database_pooler is Pooler.NONE:  # migrations want a session of their own
        await migrate_up(url)
    pool = TenantPool.to(url, settings.database_pooler, size=1, patience=5)
    try:
        await check_wall(pool)
    finally:
        await pool.close()
    if demo:
        container = container_of(settings)
        try:
            await create_demo_data(container)
        finally:
            await container.close()


def _greet(settings: Settings, console: Console, *, demo: bool) -> None:
    url = settings.public_url
    console.print(f"[bold]Orderwright[/bold] serves at {url}, documented at {url}/docs", soft_wrap=True)
    if demo and settings.host not in LOOPBACK:
        console.print("[yellow]The demo's password is known to everybody: --no-demo is for other networks.[/yellow]")
    if demo:
        base = "" if url == DEFAULT_URL else f" --base-url {url}"
        who = f"organization [bold]{SLUG}[/bold], e-mail [bold]{OWNER_EMAIL}[/bold], password [bold]{PASSWORD}[/bold]"
        console.print(f"Log in: {who}", soft_wrap=True)
        console.print(f"Watch the whole life of an order: [bold]./orderwright demo{base}[/bold]", soft_wrap=True)


def _die_with_parent() -> None:
    """Where this is one of several workers: end when the parent is gone, however it went; its database is gone, too."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, name="die-with-parent", daemon=True).start()
