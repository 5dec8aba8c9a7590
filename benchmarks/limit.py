"""pgbench: what PostgreSQL does with the same orders when nothing but a C program stands before it.

`own` sends the product's two statements, as they were caught; `bare` one guarded statement that writes an order and its
lines: no ledger, no event, no key, no wall. The values of each order are fetched first; how long that takes is
measured, and taken off.
"""

import asyncio
import json
import os
import random
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from adapters.embedded_postgres import find_binaries
from adapters.postgres.roles import APP
from adapters.system import new_id
from benchmarks.load import CONNECTIONS, Run
from benchmarks.placements import Placements, Values, as_text
from benchmarks.stage import Copy, Known
from benchmarks.workloads import ADDRESS

POOL: Final = """
    CREATE SCHEMA bench;
    CREATE TABLE bench.pool (n integer PRIMARY KEY, given text[] NOT NULL);
    GRANT USAGE ON SCHEMA bench TO PUBLIC;
    GRANT SELECT ON bench.pool TO PUBLIC
"""

BARE: Final = """
WITH wanted AS (
    SELECT * FROM unnest($3::uuid[], $4::int[]) WITH ORDINALITY AS w (product_id, quantity, position)
), locked AS (
    SELECT p.id, p.sku, p.name, p.unit_price, p.currency, w.quantity, w.position
    FROM products p JOIN wanted w ON p.id = w.product_id
    WHERE p.organization_id = $1::uuid AND p.status = 'active' AND p.reserved + w.quantity <= p.on_hand
    ORDER BY p.id FOR NO KEY UPDATE OF p
), go AS (
    SELECT sum(unit_price * quantity)::bigint AS total, min(currency) AS currency FROM locked
    WHERE EXISTS (SELECT FROM customers WHERE organization_id = $1::uuid AND id = $2::uuid AND status = 'active')
    HAVING count(*) = cardinality($3::uuid[])
), stock AS (
    UPDATE products p SET reserved = p.reserved + l.quantity FROM locked l, go
    WHERE p.organization_id = $1::uuid AND p.id = l.id
), placed AS (
    INSERT INTO orders (organization_id, id, number, customer_id, status, currency, total, shipping_address,
        expires_at, created_at, updated_at, version)
    SELECT $1::uuid, $5::uuid, $5::uuid::text, $2::uuid, 'pending', currency, total, $6::jsonb,
        now() + interval '1 day', now(), now(), 1 FROM go
), lines AS (
    INSERT INTO order_lines (organization_id, order_id, id, position, product_id, ordered_at, sku, name, unit_price,
        quantity)
    SELECT $1::uuid, $5::uuid, gen_random_uuid(), l.position - 1, l.id, now(), l.sku, l.name, l.unit_price, l.quantity
    FROM locked l, go
)
SELECT total FROM go"""


@dataclass(slots=True)
class Limit:
    """Statements for pgbench, and how far their orders are used up. `options` are of the connection."""

    copy: Copy
    script: Path
    statements: int
    whole: int
    options: str
    used: int = 0

    async def run(self, transactions: int) -> Run:
        """Place so many orders on 16 connections, each once. Raises: RuntimeError, with what pgbench says."""
        each = transactions // CONNECTIONS
        if self.used + each * CONNECTIONS > self.whole:
            raise RuntimeError("pgbench has no orders left to place")
        server = self.copy.stage.server
        with tempfile.TemporaryDirectory() as place:
            command = [
                str(find_binaries().directory / "pgbench"), "-h", str(server.socket_dir), "-p", str(server.port),
                "-U", "postgres" if not self.options else "orderwright", "-n", "-M", "prepared", "-c", str(CONNECTIONS),
                "-j", "1", "-t", str(each), "-r", "-l", "--log-prefix", f"{place}/log", "-f", str(self.script),
                "-D", f"base={self.used}", "-D", "i=-1", self.copy.name,
            ]  # fmt: skip
            self.used += each * CONNECTIONS
            environment = {**os.environ, "PGOPTIONS": f"-c plan_cache_mode=force_generic_plan {self.options}"}
            process = await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            said, wrong = await process.communicate()
            logs = _lines(Path(place))
        if process.returncode or len(logs) != each * CONNECTIONS:
            raise RuntimeError(f"pgbench: {(said + wrong).decode()[-500:]}")
        return _run_of(logs, _share_of_statements(said.decode(), self.statements))


def _lines(place: Path) -> list[str]:
    return [line for file in place.glob("log*") for line in file.read_text().splitlines()]


def _run_of(logs: Sequence[str], share: float) -> Run:
    """Read `client transaction µs script seconds µs`. The first third, in which each connection prepares, is left out.

    `share` of the time was spent on the statements themselves: without the rest, as many more would have been done.
    """
    done = sorted((int(f[4]) + int(f[5]) / 1e6, int(f[2]) / 1e6) for f in (line.split() for line in logs))
    first = len(done) // 3
    kept = done[first:]
    run = Run(latencies=[took * share for _, took in kept[1:]])
    run.seconds = (kept[-1][0] - kept[0][0]) * share
    return run


def _share_of_statements(said: str, statements: int) -> float:
    """Return how much of a transaction the last statements take, by what pgbench says of each (`-r`, ms)."""
    lines = re.findall(r"^\s+([0-9.]+)\s+\d+\s+(\S.*)$", said, re.MULTILINE)
    times = [float(ms) for ms, _ in lines]
    return sum(times[-statements:]) / sum(times)


async def own(copy: Copy, known: Known, placements: Placements, orders: Sequence[tuple[Values, Values]]) -> Limit:
    """The product's statements, as the product's role, for its organization."""
    both = [(placements.read, [order[0] for order in orders]), (placements.write, [order[1] for order in orders])]
    options = f"-c role={APP} -c app.organization={known.organization} -c jit=off"
    return await _limit(copy, both, options)


async def bare(copy: Copy, known: Known, orders: int) -> Limit:
    """One statement, as the superuser, whom no wall stops."""
    chance, address = random.Random(orders), json.dumps(ADDRESS)  # noqa: S311 - nothing that it draws is a secret
    values = [
        (
            known.organization,
            chance.choice(known.customers),
            chance.sample(known.products, 3),
            [chance.randint(1, 3) for _ in range(3)],
            new_id(),
            address,
        )
        for _ in range(orders)
    ]
    return await _limit(copy, [(BARE, values)], "")


async def _limit(copy: Copy, statements: Sequence[tuple[str, Sequence[Values]]], options: str) -> Limit:
    texts, selected, given = [], [], [list[str | None]() for _ in statements[0][1]]
    for place, (sql, values) in enumerate(statements):
        columns = [[as_text(one[column]) for one in values] for column in range(len(values[0]))]
        empty = {column for column, all_ in enumerate(columns) if None in all_}
        if any(text is not None for column in empty for text in columns[column]):
            raise RuntimeError("a value is null in some orders, but not in all")
        for column, all_ in enumerate(columns):
            if column not in empty:
                at = len(given[0]) + 1
                selected.append(f"given[{at}] AS s{place}_{column}")
                for row, text in zip(given, all_, strict=True):
                    row.append(text)
        texts.append(
            re.sub(
                r"\$(\d+)",
                lambda m, place=place, empty=empty: (  # type: ignore[misc]
                    "NULL" if int(m[1]) - 1 in empty else f":s{place}_{int(m[1]) - 1}"
                ),
                sql,
            )
        )
    await _fill(copy, given)
    home = Path(tempfile.mkdtemp(prefix="orderwright-limit-"))
    script = home / "script.sql"
    fetch = f"SELECT {', '.join(selected)} FROM bench.pool WHERE n = :n \\gset"  # noqa: S608 - names made above
    script.write_text(
        "\n".join(
            ["\\set i :i + 1", f"\\set n :base + :client_id + {CONNECTIONS} * :i", fetch, *(f"{t};" for t in texts)]
        )
    )
    return Limit(copy, script, len(texts), len(given), options)


async def _fill(copy: Copy, given: Sequence[Sequence[str | None]]) -> None:
    admin = await asyncpg.connect(copy.superuser)
    try:
        await admin.execute(POOL)
        await admin.copy_records_to_table(
            "pool", schema_name="bench", records=[(n, list(g)) for n, g in enumerate(given)]
        )
        await admin.execute("VACUUM ANALYZE bench.pool")
    finally:
        await admin.close()
