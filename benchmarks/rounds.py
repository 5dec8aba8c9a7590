"""Who is measured when: all servers are up together, and each round asks each of them everything, in another order."""

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import asyncpg

from adapters.postgres.roles import APP
from benchmarks.load import Run
from benchmarks.servers import PostgresCpu, Server

COUNTED: Final = f"SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE userid = '{APP}'::regrole"  # noqa: S608
"""Who serves requests has a role of its own; what looks for due work and for revocations has others."""


class Refused(Exception):
    """A server did not answer as it should; the message is one of its answers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One server and one workload. `ask` takes seconds; `server` is None where pgbench itself is what runs."""

    server: str
    workload: str
    ask: Callable[[float], Awaitable[Run]]
    process: Server | None
    counting: asyncpg.Connection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One entry in one round: requests a second, milliseconds, CPU microseconds a request, statements a request."""

    round: int
    server: str
    workload: str
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    app_us: float | None
    database_us: float
    load_us: float
    statements: float | None
    refused: int


async def measured(entry: Entry, seconds: float, round: int, postgres: PostgresCpu) -> Cell:
    """Raises: Refused, when more than one answer in a hundred is not as it should be."""
    if entry.counting:
        await entry.counting.execute("SELECT pg_stat_statements_reset()")
    app, database = entry.process.cpu() if entry.process else 0.0, postgres.seconds()
    run = await entry.ask(seconds)
    database_used = postgres.seconds() - database
    app_used = entry.process.cpu() - app if entry.process else None
    statements = float(await entry.counting.fetchval(COUNTED)) if entry.counting else None
    done = len(run.latencies)
    if not done or run.refused > done / 100:
        said = b"".join(run.unexpected[:1]).decode(errors="replace") or "nothing was answered in time"
        raise Refused(f"{entry.server}, {entry.workload}: {said}")
    each = 1e6 / done
    return Cell(
        round=round,
        server=entry.server,
        workload=entry.workload,
        requests=done,
        per_second=round_to(run.throughput),
        p50_ms=round_to(run.percentile(0.5) * 1e3),
        p99_ms=round_to(run.percentile(0.99) * 1e3),
        app_us=None if app_used is None else round_to(app_used * each),
        database_us=round_to(database_used * each),
        load_us=round_to(run.own_cpu * each),
        statements=None if statements is None else round_to(statements / (done + run.refused)),
        refused=run.refused,
    )


async def rounds(
    entries: Sequence[Entry],
    many: int,
    seconds: Callable[[int], float],
    postgres: PostgresCpu,
    before: Callable[[int], Awaitable[None]],
) -> list[Cell]:
    """Round 0 warms up, in another order, too, and is not counted. `seconds` of each cell, by its round."""
    chance, cells = random.Random(len(entries)), list[Cell]()  # noqa: S311 - an order, no secret
    for turn in range(many + 1):
        await before(turn)
        for entry in chance.sample(entries, len(entries)):
            cell = await measured(entry, seconds(turn), turn, postgres)
            if turn:
                cells.append(cell)
    return cells


@dataclass(frozen=True, slots=True)
class Medians:
    """The medians of all rounds, by server and workload."""

    cells: dict[tuple[str, str], list[Cell]]

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> "Medians":
        by: dict[tuple[str, str], list[Cell]] = defaultdict(list)
        for cell in cells:
            by[cell.server, cell.workload].append(cell)
        return cls(dict(by))

    def __call__(self, server: str, workload: str, figure: str = "per_second") -> float | None:
        """Return a median, None for what was not measured."""
        values = [getattr(cell, figure) for cell in self.cells.get((server, workload), ())]
        known = [value for value in values if value is not None]
        return median(known) if known else None

    def ratio(self, one: tuple[str, str], other: tuple[str, str], figure: str = "per_second") -> float | None:
        above, below = self(*one, figure), self(*other, figure)
        return above / below if above is not None and below else None


def round_to(value: float) -> float:
    """Three or four digits are all that is true of a measurement."""
    return round(value, 0 if value >= 1_000 else 1 if value >= 100 else 2 if value >= 10 else 3)
