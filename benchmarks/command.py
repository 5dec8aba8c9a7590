"""`bench`: from the first database to the last line."""

import asyncio
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg
import uvloop
from joserfc import jwt
from joserfc.jwk import OctKey
from rich.console import Console
from rich.markup import escape

from adapters.embedded_postgres import find_binaries
from benchmarks import goals, limit, report
from benchmarks.environments import ALL, Missing, Peer
from benchmarks.load import CONNECTIONS, Run, Wanted, load
from benchmarks.placements import Placements, caught
from benchmarks.rounds import Cell, Entry, Medians, Refused, rounds
from benchmarks.servers import IMPORTS, DidNotStart, PostgresCpu, Server, free_port, product
from benchmarks.stage import Copy, Known, Stage, breaches_in, cache
from benchmarks.workloads import HOT_AT_ONCE, Requests, deep_cursor, logged_in
from entrypoints.keys import derived, make_keys, parsed_master_key

SECRET: Final = "a secret that only the peers of a benchmark share"  # noqa: S105
HAS: Final = ("W1", "W2", "W3")
"""What the peers can do."""

PACE: Final = 600
"""Orders a second for which pgbench and the floor have values; they stop when these are placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line says. `seconds` of each cell; `minutes` of W1 under which memory is watched."""

    orders: int
    rounds: int
    seconds: float
    minutes: float
    warm: float
    json: Path | None
    plot: Path | None
    whole: float | None = None

    @property
    def few(self) -> int:
        return min(10_000, self.orders // 10)

    @property
    def placements(self) -> int:
        """How many orders pgbench and the floor each place, in all rounds and the one that warms up."""
        return CONNECTIONS * (self.rounds * self._each(self.seconds) + self._each(self.warm))

    def transactions(self, round_seconds: float) -> int:
        return CONNECTIONS * self._each(round_seconds)

    @staticmethod
    def _each(seconds: float) -> int:
        return max(10, int(PACE * seconds / CONNECTIONS))


QUICK: Final = {"orders": 20_000, "rounds": 5, "seconds": 0.5, "warm": 0.5, "minutes": 0.1}


@dataclass(slots=True)
class Bench:
    """One run."""

    wish: Wish
    stage: Stage
    console: Console
    open: ExitStack
    home: Path
    entries: list[Entry] = field(default_factory=list)
    asked: dict[str, Requests] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    ready: list[float] = field(default_factory=list)
    counting: list[asyncpg.Connection] = field(default_factory=list)

    async def run(self) -> int:
        began, load_before = datetime.now(UTC), os.getloadavg()
        copies = await self._copies()
        large, few, peers = copies
        known = await Known.of(large)
        self.console.print("Catching what the product sends …")
        placements = await caught(large, known, self._environment(large), 2 * self.wish.placements)
        self.console.print("Starting servers …")
        ours = self._ours(large, goals.PRODUCT)
        await self._ask_product(ours, large, known)
        await self._ask_few(few)
        floor = self._floor(large, known, placements, ours)
        await self._limits(large, peers, known, placements)
        for peer in ALL:
            await self._ask_peer(peer, peers)
        postgres = PostgresCpu(await self._postmaster())
        self.console.print(f"{self.wish.rounds} rounds of {len(self.entries)} …")
        cells = await rounds(self.entries, self.wish.rounds, self._seconds, postgres, self._before)
        sizes = await self._weigh(ours)
        exact = await self._stock_is_exact(large, known)
        for server in (ours, floor):
            server.stop()
        found = await self._judge(cells, sizes, exact, placements, (large, few))
        self._tell(found, cells, began, load_before)
        for connection in self.counting:
            await connection.close()
        await self.stage.drop(*copies)
        return 0 if found.invariants_hold and found.stock_exact else 1

    # The databases, and who serves them

    async def _copies(self) -> tuple[Copy, Copy, Copy]:
        large = await self.stage.copy("bench_run", self.wish.orders)
        few = await self.stage.copy("bench_few", self.wish.few)
        return large, few, await self.stage.copy("bench_peers", self.wish.orders, bare=True)

    def _environment(self, copy: Copy) -> dict[str, str]:
        return {
            **self._keys,
            "DATABASE_URL": copy.dsn,
            "ORDERWRIGHT_PAYMENTS": "simulated",
            "ORDERWRIGHT_LIMIT_PER_PRINCIPAL": "1000000/second",
        }

    @property
    def _keys(self) -> Mapping[str, str]:
        return {f"{name}_FILE": str(file) for name, file in make_keys(cache() / "keys").items()}

    def _ours(self, copy: Copy, name: str) -> Server:
        server = product(name, copy.dsn, self._keys, self.home, self.home)
        self.open.callback(server.stop)
        self.ready.append(server.ready_after)
        return server

    async def _ask_product(self, server: Server, copy: Copy, known: Known) -> None:
        requests = self.asked[goals.PRODUCT] = Requests(known, server.port, server.name, await logged_in(server.port))
        await requests.find_pages()
        counting = await self._counting(copy)
        for workload in ("W1", "W2", "W3", "W5"):
            self._add(server.name, workload, server, self._asks(server, requests, workload), counting)
        parcels = len(known.shipped) // (self.wish.rounds + 1)
        self._add(server.name, "W4", server, self._asks(server, requests, "W4", most=parcels), counting)
        self._add(server.name, "W6", server, self._asks(server, requests, "W6", HOT_AT_ONCE), counting)
        self._add(server.name, goals.MANY, server, self._asks(server, requests, "W1", HOT_AT_ONCE), counting)
        master = parsed_master_key((cache() / "keys" / "master.key").read_text().strip())
        cursor = deep_cursor(known, derived(master, "cursors"))
        for workload, at in ((goals.FIRST_PAGE, None), (goals.DEEP_PAGE, cursor)):

            async def ask(seconds: float, at: str | None = at) -> Run:
                return await load(server.port, requests.page(at), seconds=seconds)

            self._add(server.name, workload, server, ask, counting)

    async def _ask_few(self, copy: Copy) -> None:
        server = self._ours(copy, goals.SMALL)
        requests = Requests(await Known.of(copy), server.port, server.name, await logged_in(server.port))
        self.asked[goals.SMALL] = requests
        self._add(server.name, "W1", server, self._asks(server, requests, "W1"))

    async def _ask_peer(self, peer: Peer, copy: Copy) -> None:
        try:
            server = await asyncio.to_thread(self._peer, peer, copy)
        except (Missing, DidNotStart) as missing:
            self.skipped[peer.title] = str(missing)
            self.console.print(f"[yellow]{peer.title} is skipped:[/yellow] {escape(str(missing))}")
            return
        known = await Known.of(copy)
        claims = {"sub": str(known.owner), "org": str(known.organization), "exp": _in_a_day()}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        requests = Requests(known, server.port, server.name, token, keys=peer.name)
        await requests.find_pages()
        for workload in HAS:
            self._add(peer.title, workload, server, self._asks(server, requests, workload))

    def _peer(self, peer: Peer, copy: Copy) -> Server:
        home, port = peer.installed(), free_port()
        url = (
            copy.superuser.replace("postgresql://", "postgresql+asyncpg://")
            if peer.make == "python"
            else copy.superuser
        )
        environment = {"DATABASE_URL": url, "JWT_SECRET": SECRET, "PORT": str(port), "NODE_ENV": "production"}
        server = Server.start(
            peer.name, peer.command(home, port), port=port, logs=self.home, environment=environment, cwd=home
        )
        self.open.callback(server.stop)
        return server

    def _floor(self, copy: Copy, known: Known, placements: Placements, ours: Server) -> Server:
        half, file, port = self.wish.placements, self.home / "placements", free_port()
        file.write_bytes(pickle.dumps(Placements(placements.read, placements.write, placements.given[:half])))
        environment = {
            **IMPORTS,
            **self._environment(copy),
            "ORDERWRIGHT_PORT": str(port),
            "FLOOR_ISSUER": f"http://127.0.0.1:{ours.port}",
            "FLOOR_ORGANIZATION": str(known.organization),
        }
        command = [sys.executable, "-P", "-m", "benchmarks.floor", str(file)]
        server = Server.start(goals.FLOOR, command, port=port, logs=self.home, environment=environment, cwd=self.home)
        self.open.callback(server.stop)
        requests = self.asked[goals.PRODUCT]

        async def ask(seconds: float) -> Run:
            there = requests.of("W1")
            wanted = Wanted(islice(there.requests, self.wish.transactions(seconds)), there.status)
            return await load(server.port, wanted, seconds=60)

        self._add(goals.FLOOR, "W1", server, ask)
        return server

    async def _limits(self, large: Copy, peers: Copy, known: Known, placements: Placements) -> None:
        mine = placements.given[self.wish.placements :]
        theirs = await Known.of(peers)
        for name, one in (
            (goals.OWN, await limit.own(large, known, placements, mine)),
            (goals.BARE, await limit.bare(peers, theirs, len(mine))),
        ):

            async def ask(seconds: float, one: limit.Limit = one) -> Run:
                return await one.run(self.wish.transactions(seconds))

            self._add(name, "W1", None, ask)

    # What is measured

    def _add(
        self,
        name: str,
        workload: str,
        server: Server | None,
        ask: Callable[[float], Awaitable[Run]],
        counting: asyncpg.Connection | None = None,
    ) -> None:
        self.entries.append(Entry(name, workload, ask, server, counting))

    def _asks(
        self, server: Server, requests: Requests, workload: str, connections: int = CONNECTIONS, most: int | None = None
    ) -> Callable[[float], Awaitable[Run]]:
        async def ask(seconds: float) -> Run:
            wanted = requests.of(workload)
            if most is not None:
                wanted = Wanted(islice(wanted.requests, most), wanted.status)
            return await load(server.port, wanted, seconds=seconds, connections=connections)

        return ask

    def _seconds(self, round: int) -> float:
        return self.wish.seconds if round else self.wish.warm

    async def _before(self, round: int) -> None:
        """Log in anew, since tokens end; warm up placing first, since replays need what was placed."""
        for name in (goals.PRODUCT, goals.SMALL):
            self.asked[name].token = await logged_in(self.asked[name].port)
        if round == 0:
            requests = self.asked[goals.PRODUCT]
            await load(requests.port, requests.of("W1"), seconds=max(1.0, self.wish.warm))
        else:
            self.console.print(f"  round {round}")

    async def _weigh(self, server: Server) -> list[int]:
        """Watch the memory of the product under W1."""
        requests, sizes = self.asked[goals.PRODUCT], []
        requests.token = await logged_in(server.port)
        working = asyncio.create_task(load(server.port, requests.of("W1"), seconds=self.wish.minutes * 60))
        while not working.done():
            sizes.append(server.resident())
            await asyncio.wait((working,), timeout=min(1.0, self.wish.minutes * 3))
        return sizes

    async def _counting(self, copy: Copy) -> asyncpg.Connection:
        self.counting.append(await asyncpg.connect(copy.superuser))
        return self.counting[-1]

    async def _postmaster(self) -> int:
        directory = Path(await self.stage.said("data_directory"))
        return int((directory / "postmaster.pid").read_text().splitlines()[0])

    # What came of it

    async def _stock_is_exact(self, copy: Copy, known: Known) -> bool:
        """The hot product has reserved what its open orders have of it."""
        admin = await asyncpg.connect(copy.superuser)
        try:
            return bool(await admin.fetchval(EXACT, known.products[0]))
        finally:
            await admin.close()

    async def _judge(
        self, cells: list[Cell], sizes: list[int], exact: bool, placements: Placements, copies: tuple[Copy, ...]
    ) -> goals.Found:
        self.console.print("Checking the databases …")
        hold = True
        for copy in copies:
            breaches, looked_at = await breaches_in(copy)
            hold = hold and not breaches
            for breach in breaches[:10]:
                self.console.print(f"[red]{copy.name}:[/red] {breach}")
            self.console.print(f"  {copy.name}: {len(breaches)} breaches in {looked_at.get('orders', 0)} orders")
        (trips,) = placements.trips
        return goals.Found(Medians.of(cells), trips, exact, hold, sizes, median(self.ready))

    def _tell(self, found: goals.Found, cells: list[Cell], began: datetime, load_before: tuple[float, ...]) -> None:
        judged = goals.judged(found)
        report.show(judged, found.medians, self.console)
        document = {
            "date": began.date().isoformat(),
            "subject": "Ratios between servers of one run",
            "machine": report.machine(),
            "load": {"before": load_before, "after": os.getloadavg(), "what": "1, 5 and 15 minutes; ours included"},
            "versions": report.versions(self._postgres_version, _node()),
            "how": {
                "orders": self.wish.orders,
                "few orders": self.wish.few,
                "rounds": self.wish.rounds,
                "seconds a cell": self.wish.seconds,
                "minutes of W1 for memory": self.wish.minutes,
                "connections": CONNECTIONS,
                "durability": "fsync on, synchronous_commit on",
                "skipped": self.skipped,
            },
            "goals": judged,
            "memory_mib": [round(size / goals.MIB, 1) for size in found.sizes],
            "rounds": [asdict(cell) for cell in cells],
        }
        if self.wish.json:
            self.wish.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if self.wish.plot:
            title = f"Orderwright, {document['date']}, {self.wish.orders} orders"
            self.wish.plot.write_text(report.plot(judged, title), encoding="utf-8")

    @property
    def _postgres_version(self) -> str:
        said = subprocess.run([find_binaries().postgres, "--version"], capture_output=True, text=True, check=True)
        return said.stdout.strip()


EXACT: Final = """
    SELECT p.reserved = (SELECT coalesce(sum(l.quantity - l.shipped), 0) FROM order_lines l JOIN orders o
        ON o.organization_id = l.organization_id AND o.id = l.order_id
        WHERE l.product_id = p.id AND o.status <> 'cancelled') FROM products p WHERE p.id = $1
"""


def bench(wish: Wish, console: Console) -> int:
    """Return the exit code: 1 when the databases are not in order afterwards, or a server did not answer as it should.
    A goal that is missed is said, and is no failure of the run.
    """
    home = Path(tempfile.mkdtemp(prefix="orderwright-bench-"))
    try:
        with Stage.opened(console) as stage, ExitStack() as opened:
            return uvloop.run(Bench(wish, stage, console, opened, home).run())
    except (Refused, DidNotStart) as error:
        console.print("[red]bench:[/red]", escape(str(error)))
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _in_a_day() -> int:
    return int((datetime.now(UTC) + timedelta(days=1)).timestamp())


def _node() -> str | None:
    node = shutil.which("node")
    return (
        subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip() if node else None
    )
