"""What meters make of what they are told: several processes, a store that is away, stock that is wrong."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from adapters.memory import MemoryFigures, MemoryStore, NoPool
from adapters.prometheus import Meters, snapshot
from adapters.system import SystemClock
from application.operations.ports import Audited, Figures
from application.shared.errors import Unavailable

SOURCES = Path(__file__).resolve().parents[2] / "src"

PROCESS = """
import asyncio, sys
from adapters.memory import MemoryFigures, MemoryStore
from adapters.prometheus import Meters
from adapters.system import SystemClock
from application.operations.ports import Audited, PoolFigures

class Pool:
    def figures(self): return PoolFigures(size=10, in_use=int(sys.argv[1]), waiting=1, waits=3, refused=2)

meters = Meters(MemoryFigures(MemoryStore(), SystemClock()), Pool())
for _ in range(int(sys.argv[1])):
    meters.answered(operation="getMe", status=200, seconds=0.004, problem=None)
meters.sample()
meters.audited(Audited(5, 0, int(sys.argv[1]) - 1, round_over=True))
print(asyncio.run(meters.text()).decode(), flush=True)
sys.stdin.read()
"""


def line(text: str, name: str) -> float:
    (value,) = [said.rpartition(" ")[2] for said in text.splitlines() if said.startswith(f"orderwright_{name}")]
    return float(value)


def test_processes_that_share_a_directory_tell_each_others_figures(tmp_path: Path) -> None:
    """And what one that is gone had counted stays, but what it was doing does not."""

    def process(number: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(number)],
            env={**os.environ, "PYTHONPATH": str(SOURCES), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def heard(process: "subprocess.Popen[str]") -> str:
        assert process.stdout
        said = []
        for text in process.stdout:
            said.append(text)
            if text == "\n":
                break
        return "".join(said)

    first, second = process(3), None
    try:
        alone = heard(first)
        second = process(4)
        both = heard(second)
    finally:
        first.kill()
        first.communicate()
        if second:
            second.communicate("")
    last = process(1)
    after = heard(last)
    last.communicate("")

    of_me = 'requests_total{operation="getMe",status="2xx"}'
    assert [line(text, of_me) for text in (alone, both, after)] == [3, 7, 8]
    assert [line(text, "pool_in_use ") for text in (alone, both, after)] == [3, 7, 1]
    assert [line(text, "pool_size ") for text in (alone, both, after)] == [10, 20, 10]
    assert [line(text, "pool_waits_refused_total ") for text in (alone, both, after)] == [2, 4, 6]
    assert [line(text, "unbalanced_products ") for text in (alone, both, after)] == [2, 3, 0]


def _meters(figures: object = None) -> Meters:
    return Meters(figures or MemoryFigures(MemoryStore(), SystemClock()), NoPool())  # type: ignore[arg-type]


async def test_what_an_audit_found_is_told_until_a_whole_round_has_not_found_it() -> None:
    meters = _meters()
    told = []
    for some in (
        Audited(50, 0, 0, round_over=False),
        Audited(50, 1, 2, round_over=False),
        Audited(7, 0, 1, round_over=True),  # the round is over: 1 and 3
        Audited(50, 0, 0, round_over=False),
        Audited(50, 0, 0, round_over=True),
    ):
        meters.audited(some)
        text = (await meters.text()).decode()
        told.append((line(text, "oversold_products "), line(text, "unbalanced_products ")))
    assert told == [(0, 0), (1, 2), (1, 3), (1, 3), (0, 0)]
    assert line(text, "audited_products_total ") == 207
    assert line(text, "audit_rounds_total ") == 2


class Store:
    """Gives figures after so many seconds, or not at all."""

    def __init__(self, *, lasts: float = 0.0, away: bool = False) -> None:
        self.lasts, self.away, self.asked = lasts, away, 0

    async def read(self) -> Figures:
        self.asked += 1
        await asyncio.sleep(self.lasts)
        if self.away:
            raise Unavailable
        return await MemoryFigures(MemoryStore(), SystemClock()).read()


async def test_a_store_that_is_away_takes_nothing_else_with_it() -> None:
    store = Store(away=True)
    meters = _meters(store)
    meters.answered(operation="getMe", status=503, seconds=0.1, problem="service-unavailable")
    text = (await meters.text()).decode()
    assert line(text, "store_up ") == 0
    assert line(text, 'problems_total{problem="service-unavailable"}') == 1
    assert "held_orders" not in text
    await meters.text()
    assert store.asked == 1, "one statement every few seconds, whatever becomes of it"


async def test_a_slow_store_is_not_waited_for_and_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "PATIENCE", 0.02)
    store = Store(lasts=0.2)
    meters = _meters(store)
    began = monotonic()
    texts = await asyncio.gather(*(meters.text() for _ in range(5)))
    assert monotonic() - began < 0.2
    assert {line(text.decode(), "store_up ") for text in texts} == {0.0}
    await asyncio.sleep(0.25)
    assert line((await meters.text()).decode(), "store_up ") == 1
    assert store.asked == 1
    assert meters._snapshot._until - monotonic() > snapshot.FRESH - 1
    await meters.close()


async def test_what_took_long_to_count_is_shown_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FRESH", 0.0)
    meters = _meters(Store(lasts=0.1))
    await meters.text()
    assert 1.5 < meters._snapshot._until - monotonic() < 10
