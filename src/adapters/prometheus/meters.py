"""Everything that is counted, by its name: of this process and of those beside it; and of the house, as it is now.

Several processes of one `serve` write what they count into files that they share (`PROMETHEUS_MULTIPROC_DIR`, set by
`serve`), so that any of them tells all of it. No label is anybody's: operations, slugs and verbs are the house's own.
"""

import os
from asyncio import to_thread
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from adapters.prometheus.snapshot import Snapshot
from application.operations.ports import Audited, Figures, HouseFigures, PoolFigures, WatchedPool

disable_created_metrics()  # type: ignore[no-untyped-call]  # when each figure began is nobody's question

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""As prometheus-client knows it."""

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

UNROUTED: Final = "none"
"""The operation of a request that reached none, and the class of an answer that nobody was left to hear."""


class Meters:
    """Implements the HTTP floor's RequestWatch and Metrics, and AuditWatch. One a process."""

    media_type: Final = CONTENT_TYPE_PLAIN_0_0_4.removesuffix("; charset=utf-8")

    def __init__(self, figures: HouseFigures, pool: WatchedPool) -> None:
        self._snapshot = Snapshot(figures)
        self._pool = pool
        self._told = PoolFigures(size=0, in_use=0, waiting=0, waits=0, refused=0)
        self._own = own = CollectorRegistry()
        self._requests = Counter("orderwright_requests", "Requests answered.", ("operation", "status"), registry=own)
        self._seconds = Histogram(
            "orderwright_request_seconds",
            "From the head of a request to the end of its answer.",
            ("operation",),
            registry=own,
            buckets=SECONDS,
        )
        self._problems = Counter("orderwright_problems", "Problems answered, by slug.", ("problem",), registry=own)
        self._size = _live("orderwright_pool_size", "Connections that there may be.", own)
        self._in_use = _live("orderwright_pool_in_use", "Connections that are lent.", own)
        self._waiting = _live("orderwright_pool_waiting", "Uses that wait for a connection.", own)
        self._waits = Counter("orderwright_pool_waits", "Uses that had to wait for a connection.", registry=own)
        self._refused = Counter("orderwright_pool_waits_refused", "Uses that waited in vain.", registry=own)
        self._audit = Audit(own)
        self.audited = self._audit.audited

    def answered(
        self, *, operation: str | None, status: int | None, seconds: float | None, problem: str | None
    ) -> None:
        requests, histogram = self._of(operation or UNROUTED, f"{status // 100}xx" if status else UNROUTED)
        requests.inc()
        if seconds is not None:
            histogram.observe(seconds)
        if problem:
            self._problem(problem).inc()

    def sample(self) -> None:
        """Take over what the pool says of itself."""
        now, before = self._pool.figures(), self._told
        self._size.set(now.size)
        self._in_use.set(now.in_use)
        self._waiting.set(now.waiting)
        self._waits.inc(now.waits - before.waits)
        self._refused.inc(now.refused - before.refused)
        self._told = now

    async def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        self.sample()
        counted = await to_thread(self._counted)
        return counted + generate_latest(_House(await self._snapshot.latest()))

    async def close(self) -> None:
        await self._snapshot.close()

    def _counted(self) -> bytes:
        directory = os.environ.get(SHARED)
        if not directory:
            return generate_latest(self._own)
        for process in _gone(Path(directory)):
            mark_process_dead(process, directory)  # type: ignore[no-untyped-call]  # the library leaves it untyped
        together = CollectorRegistry()
        MultiProcessCollector(together, directory)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    @cache  # noqa: B019 - as many as there are operations, and it lives as long as the process
    def _of(self, operation: str, status: str) -> tuple[Counter, Histogram]:
        return self._requests.labels(operation, status), self._seconds.labels(operation)

    @cache  # noqa: B019 - as many as there are problems
    def _problem(self, slug: str) -> Counter:
        return self._problems.labels(slug)


class Audit:
    """The stock of products against its ledger, some products at a time: what is wrong stays told until a whole round
    has not found it.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._oversold = _worst(
            "orderwright_oversold_products", "Products that reserve more than there is: 0.", registry
        )
        self._unbalanced = _worst(
            "orderwright_unbalanced_products", "Products whose stock is not what their ledger says: 0.", registry
        )
        self._checked = Counter(
            "orderwright_audited_products", "Products that were compared so far.", registry=registry
        )
        self._rounds = Counter("orderwright_audit_rounds", "Times that all products were compared.", registry=registry)
        self._found, self._standing = (0, 0), (0, 0)

    def audited(self, some: Audited) -> None:
        self._found = self._found[0] + some.oversold, self._found[1] + some.unbalanced
        worst = max(self._found[0], self._standing[0]), max(self._found[1], self._standing[1])
        if some.round_over:
            worst = self._standing = self._found
            self._found = 0, 0
            self._rounds.inc()
        self._checked.inc(some.checked)
        self._oversold.set(worst[0])
        self._unbalanced.set(worst[1])


class _House:
    """A collector of what is known of the house: whether it can be asked at all, and if so, what it says."""

    def __init__(self, figures: Figures | None) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        return _families(self._figures)


def _families(figures: Figures | None) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "orderwright_store_up", "Whether the store gave its figures.", value=int(figures is not None)
    )
    if figures is None:
        return
    for name, said, label, values in (
        ("held_orders", "Pending orders, by how long ago they were placed.", "age", figures.held_orders),
        ("held_units", "Units that pending orders reserve, by how long ago.", "age", figures.held_units),
        ("payments", "Payments that are not settled.", "status", figures.payments),
        ("jobs", "Jobs that are queued or under way, and that are held.", "status", figures.jobs),
    ):
        family = GaugeMetricFamily(f"orderwright_{name}", said, labels=(label,))
        for value, number in values.items():
            family.add_metric((value,), number)
        yield family
    waiting = "Events without a place in a feed; 10000: as many or more."
    yield GaugeMetricFamily("orderwright_events_waiting", waiting, value=figures.events_waiting)
    oldest = "Age of the oldest event without a place in a feed."
    yield GaugeMetricFamily("orderwright_event_lag_seconds", oldest, value=figures.oldest_event_seconds)


def _live(name: str, said: str, registry: CollectorRegistry) -> Gauge:
    """The sum over the processes that live."""
    return Gauge(name, said, registry=registry, multiprocess_mode="livesum")


def _worst(name: str, said: str, registry: CollectorRegistry) -> Gauge:
    """The greatest of what living processes found: each goes round all products."""
    return Gauge(name, said, registry=registry, multiprocess_mode="livemax")


def _gone(directory: Path) -> set[int]:
    """Return the processes that left figures of the living behind, and are no more."""
    processes = {int(file.stem.rpartition("_")[2]) for file in directory.glob("gauge_live*.db")}
    return {process for process in processes if not Path(f"/proc/{process}").exists()}
