"""An app on a port of this machine, served by a thread: for figures that a process would not let us set."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from litestar.types import ASGIApp

from adapters.http.protocol import BoundedHttp
from tests.service.served import free_port


@contextmanager
def listening(app: ASGIApp, protocol: type[BoundedHttp]) -> Iterator[int]:
    """Serve the app through this protocol; gives the port."""
    port = free_port()
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        port=port,
        loop="none",
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=1,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < end, "not listening within 10 s"
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)
