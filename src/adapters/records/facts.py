"""What the store holds of one subject at one instant, as the invariants look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from adapters.records.changes import Row
from adapters.records.personal import whole
from adapters.records.rows import Rows
from adapters.records.schema import ORGANIZATION, metadata

SUBJECTS: Final[Mapping[str, str]] = {
    "order": "orders",
    "product": "products",
    "customer": "customers",
    "user": "members",
}
"""What events are about, and the table of each: its rows end their chains with `events_count` and `events_head`."""

ORGANIZATIONS: Final = "organization"
"""An organization is looked at, too; it has no events of its own."""

LEDGER_SUMS: Final = "ledger_sums"
"""Not a table: one row, the sums of a product's ledger."""

HELD: Final = "held"
"""Not a table: by the status of orders, how many units of a product their lines have, and have shipped."""

OWNERS: Final = "owners"
"""Not a table: one row for each member who owns the organization."""

FEED: Final = "feed"
"""Not a table: one row, of all events that have a place in the feed how many there are, the first place, the last."""


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table but for the organization."""
    return tuple(column.name for column in metadata.tables[table].c if column.name != ORGANIZATION)


TOLD: Final = "told"
"""Beside an event's columns: what its bytes say, read once."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The rows of one subject by table: itself (none, when only others speak of it), its parts, ledger and events."""

    kind: str
    id: UUID
    rows: Rows

    @property
    def subject(self) -> str:
        return f"{self.kind}s/{self.id}"

    @property
    def exists(self) -> bool:
        return bool(self.rows.get(table_of(self.kind)))

    @property
    def root(self) -> Row:
        return self.rows[table_of(self.kind)][0]

    @cached_property
    def events(self) -> Sequence[Row]:
        """In the order of their sequence, each with what it has `TOLD`."""
        return [{**event, TOLD: _told(event)} for event in sorted(self.rows["events"], key=lambda e: e["sequence"])]


def table_of(kind: str) -> str:
    """Return the table of a kind of subject; for a kind that there is not, one that there is not either."""
    return {**SUBJECTS, ORGANIZATIONS: "organizations"}.get(kind, "")


def data_of(event: Row) -> Mapping[str, Any]:
    """Return the resource afterwards, as one of `Facts.events` tells it."""
    return _object(event[TOLD].get("data"))


def facts_of(event: Row) -> Mapping[str, Any]:
    """Return what else one of `Facts.events` tells of what happened."""
    return _object(event[TOLD].get("facts"))


def _told(event: Row) -> Mapping[str, Any]:
    """Nothing, where somebody has made it unreadable; of people, what is not forgotten."""
    try:
        return _object(whole(event["body"], event["personal"]))
    except (AttributeError, LookupError, TypeError, ValueError):
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
