"""What was told to endpoints, to be told again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Select, Uuid, bindparam, func, literal_column, select, true

from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.redelivery_records import SAME, redelivery_changes, told_event
from adapters.records.schema import INSTANT
from adapters.records.tables import deliveries, organizations, webhook_endpoints
from domain.delivery.redelivery import DeliveryNotFound, Told
from domain.ids import DeliveryId, WebhookEndpointId
from domain.webhooks.errors import WebhookEndpointNotFound

_P: Final = webhook_endpoints
_ENDPOINT: Final = (_P.c.id.label("told_id"), _P.c.version.label("told_version"), _P.c.status.label("told_status"))


@dataclass(frozen=True, slots=True)
class PostgresRedeliveries:
    unit: UnitOfWork

    async def one(self, id: DeliveryId) -> Told:
        found = await self.unit.fetch(_one(), id=id)
        if not found:
            raise DeliveryNotFound(id)
        return self.unit.read("webhook_endpoints", _told(found))

    async def between(self, endpoint: WebhookEndpointId, start: datetime, end: datetime, limit: int) -> Told:
        found = await self.unit.fetch(_between(), endpoint=endpoint, start=start, end=end, rows=limit)
        if not found:
            raise WebhookEndpointNotFound(endpoint)
        return self.unit.read("webhook_endpoints", _told(found))

    def save(self, told: Told) -> None:
        self.unit.stage(told.id, redelivery_changes(told, self.unit.instant(), self.unit.stamp))


def _told(found: list[Any]) -> Told:
    first: Mapping[str, Any] = found[0]
    return Told(
        id=first["told_id"],
        version=first["told_version"],
        enabled=first["told_status"] == "enabled",
        events=tuple(
            told_event(row, n=row["last_n"], waits=row["waits"]) for row in found if row["event_id"] is not None
        ),
    )


def _times(of: Any) -> Any:
    """Of an event that was told to an endpoint: how often it was asked for, and whether one of these times waits."""
    same = deliveries.alias("same")
    mine = (of_organization(same), same.c.endpoint_id == of.c.endpoint_id, same.c.event_id == of.c.event_id)
    waits = func.bool_or(same.c.state == literal_column("'pending'"))
    return select(func.max(same.c.n).label("last_n"), waits.label("waits")).where(*mine).lateral("times")


def _present() -> tuple[Any, ...]:
    return of_organization(organizations), of_organization(_P), _P.c.removed_at.is_(None)


@cache
def _one() -> Look:
    times = _times(deliveries)
    columns = (deliveries.c[name] for name in (*SAME, "created_at"))
    read = select(organizations.c.clock_offset_seconds, *_ENDPOINT, *columns, *times.c).select_from(
        deliveries.join(_P, _P.c.id == deliveries.c.endpoint_id).join(times, true()).join(organizations, true())
    )
    return look(read.where(*_present(), of_organization(deliveries), deliveries.c.id == bindparam("id", type_=Uuid())))


@cache
def _between() -> Look:
    """Of each event the delivery that came of it by itself, in the order of time; one row with nulls for none."""
    within: Select[Any] = (
        select(deliveries)
        .where(
            of_organization(deliveries),
            deliveries.c.endpoint_id == bindparam("endpoint", type_=Uuid()),
            deliveries.c.created_at >= bindparam("start", type_=INSTANT),
            deliveries.c.created_at < bindparam("end", type_=INSTANT),
            deliveries.c.n == literal_column("0"),
        )
        .order_by(deliveries.c.created_at, deliveries.c.id)
        .limit(bindparam("rows", type_=BigInteger()))
    )
    some = within.subquery("some")
    times = _times(some)
    columns = (some.c[name] for name in (*SAME, "created_at"))
    read = select(organizations.c.clock_offset_seconds, *_ENDPOINT, *columns, *times.c).select_from(
        _P.join(organizations, true()).outerjoin(some, true()).outerjoin(times, true())
    )
    this = (*_present(), _P.c.id == bindparam("endpoint", type_=Uuid()))
    return look(read.where(*this).order_by(some.c.created_at, some.c.id))
