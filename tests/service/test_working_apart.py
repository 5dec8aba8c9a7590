"""One process serves, another one works: what is due is done by the second, which says on its own port how it is."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.postgres import TenantPool
from entrypoints.keys import make_keys
from tests.adapters.postgres.shop import Shop
from tests.limits import RAISED
from tests.postgres import Database, database, server
from tests.service.served import SOURCES, Served, free_port

__all__ = ["database", "server"]

DUE = "UPDATE orders SET expires_at = now() WHERE id = $1"


@pytest.fixture
def environment(database: Database, tmp_path: Path) -> dict[str, str]:
    keys = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path / "keys").items()}
    return {**RAISED, **keys, "DATABASE_URL": database.dsn}


@pytest.fixture
def working(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = free_port()
    command = [sys.executable, "-m", "entrypoints", "worker", "--port", str(port)]
    with (tmp_path / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, **environment, "PYTHONPATH": str(SOURCES)}, stdout=log, stderr=log
        )
    yield f"http://127.0.0.1:{port}", process
    if process.poll() is None:
        process.kill()
    process.wait()


async def test_what_is_due_is_done_by_who_works_and_not_by_who_serves(
    database: Database, environment: dict[str, str], tmp_path: Path, working: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    url, process = working
    os.kill(process.pid, signal.SIGSTOP)
    served = Served(tmp_path, options=("--no-worker",), environment=environment)
    await asyncio.to_thread(served.start)
    pool = TenantPool.to(database.dsn, size=2)
    behind = await asyncpg.connect(database.superuser)
    try:
        shop = await Shop.open(pool)
        (product,) = await shop.products(1)
        order = await shop.place((product, 1))
        await behind.execute(DUE, order.id)
        await asyncio.sleep(1.5)
        assert (await shop.get(order.id)).status == "pending", "who serves was told not to"
        os.kill(process.pid, signal.SIGCONT)
        async with asyncio.timeout(60):
            while (await shop.get(order.id)).status != "cancelled":  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.05)
    finally:
        os.kill(process.pid, signal.SIGCONT)
        await behind.close()
        await pool.close()
        await asyncio.to_thread(served.__exit__, None)
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        for path in ("/health/live", "/health/ready"):
            assert (await client.get(path)).status_code == 200
        said = (await client.get("/metrics")).text
        assert "orderwright_audited_products_total" in said
        assert "orderwright_unbalanced_products 0.0" in said
        assert (await client.get("/v1/me")).status_code == 404
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 30) == 0
    assert time.monotonic() - began < 25
    assert '"message":"the worker has ended"' in (tmp_path / "worker.log").read_text()
