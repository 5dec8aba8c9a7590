"""Spans of requests, of statements and of what is asked of gateways, told to a collector over OTLP/HTTP.

They hold names of the house's own (operations, slugs, verbs, tables), statuses and request ids; never a value, a path,
a header, the text of an error or of a statement. What a collector does not take in time is dropped: nobody waits.
"""

import re
from asyncio import to_thread
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from os import environ
from time import time_ns
from typing import Any, Final, Protocol

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from application.ordering.ports import Gateway, Instruction
from domain.ordering.payment import Told

TIMEOUT: Final = 2.0
"""Seconds that a collector has to take what it is sent."""

KNOWN: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT"})

_CHANGED: Final = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)")
_READ: Final = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)")
_PARENTS: Final = frozenset({"traceparent", "tracestate"})
_PROPAGATION: Final = TraceContextTextMapPropagator()


class Logged(Protocol):
    """A statement that is over, as asyncpg tells it. `elapsed` are seconds."""

    query: str
    elapsed: float
    exception: BaseException | None


@dataclass(frozen=True, slots=True)
class Name:
    """What a statement does, and to which table first of all."""

    operation: str
    table: str | None

    def __str__(self) -> str:
        return f"{self.operation} {self.table}" if self.table else self.operation


class Tracing:
    """One a process. `close` tells what is left to tell."""

    def __init__(self, endpoint: str, *, tables: Collection[str]) -> None:
        """`endpoint`: the collector's base, to which `/v1/traces` is added."""
        named = {} if "OTEL_SERVICE_NAME" in environ else {SERVICE_NAME: "orderwright"}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=TIMEOUT)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tables = frozenset(tables)
        self._named = cache(self._name)
        self.tracer: Tracer = self._provider.get_tracer("orderwright")

    def around(self, app: Any) -> Any:
        """Return the ASGI app with a span around each request, below the caller's own where it sent one."""

        async def traced(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status: int | None = None

            async def watched(message: Any) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            with _span(self.tracer, "request", SpanKind.SERVER, context=_parent(scope)) as span:
                try:
                    await app(scope, receive, watched)
                finally:
                    _describe(span, scope, status)

        return traced

    def statement(self, logged: Logged) -> None:
        """Tell a statement of what is traced now. (asyncpg says it when it is over, in the context of who asked.)"""
        if not get_current_span().get_span_context().is_valid:
            return
        name, end = self._named(logged.query), time_ns()
        about = {"db.system.name": "postgresql", "db.operation.name": name.operation}
        if name.table:
            about["db.collection.name"] = name.table
        start = end - int(logged.elapsed * 1e9)
        span = self.tracer.start_span(str(name), kind=SpanKind.CLIENT, attributes=about, start_time=start)
        if logged.exception is not None:
            _fail(span, logged.exception)
        span.end(end)

    async def close(self) -> None:
        await to_thread(self._provider.shutdown)

    def flush(self) -> None:
        """Tell now what there is to tell."""
        self._provider.force_flush()

    def _name(self, query: str) -> Name:
        """Only tables that we know are named, so that nothing else of a statement can get out."""
        first = query.lstrip().split(None, 1)[0].rstrip(";").upper() if query.strip() else ""
        if changed := [table for table in _CHANGED.findall(query) if table in self._tables]:
            return Name(first if first in KNOWN else "WRITE", changed[0])
        read = next((table for table in _READ.findall(query) if table in self._tables), None)
        return Name(first if first in KNOWN else "SELECT" if first == "WITH" else "OTHER", read)


@dataclass(frozen=True, slots=True)
class TracedGateway:
    """Implements Gateway: what is asked of another one, each with a span."""

    gateway: Gateway
    tracer: Tracer

    async def carry_out(self, instruction: Instruction) -> Told:
        with _span(self.tracer, f"gateway {instruction.verb}", SpanKind.CLIENT) as span:
            told = await self.gateway.carry_out(instruction)
            span.set_attribute("orderwright.outcome", type(told).__name__.lower())
            return told

    async def look_up(self, instruction: Instruction) -> Told | None:
        with _span(self.tracer, f"gateway look-up {instruction.verb}", SpanKind.CLIENT) as span:
            told = await self.gateway.look_up(instruction)
            span.set_attribute("orderwright.outcome", "nothing" if told is None else type(told).__name__.lower())
            return told


@contextmanager
def _span(tracer: Tracer, name: str, kind: SpanKind, context: Any = None) -> Iterator[Span]:
    """What is raised is told by its type alone: its text could hold anything."""
    with tracer.start_as_current_span(
        name, context=context, kind=kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            _fail(span, error)
            raise


def _fail(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))


def _parent(scope: Any) -> Any:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return _PROPAGATION.extract({name: headers[name] for name in _PARENTS & headers.keys()})


def _describe(span: Span, scope: Any, status: int | None) -> None:
    state = scope["state"]
    operation = getattr(scope.get("route_handler"), "operation_id", None) or "none"
    span.update_name(operation)
    span.set_attribute("orderwright.operation", operation)
    span.set_attribute("http.request.method", str(state.get("method") or scope["method"]))
    if request_id := state.get("request_id"):
        span.set_attribute("orderwright.request_id", request_id)
    if word := state.get("last_word"):
        status, problem = word.kind.status, word.kind.slug
    else:
        problem = (state.get("problem") or (None,))[0]
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if problem:
        span.set_attribute("orderwright.problem", problem)
    if status is not None and status >= 500:
        span.set_status(Status(StatusCode.ERROR))
