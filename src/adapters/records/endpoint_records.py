"""Webhook endpoints as rows."""

from typing import Any, Final

from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.stamp import Stamp
from application.webhooks.ports import EndpointView
from domain.webhooks.endpoint import Because, Endpoint, EndpointStatus
from domain.webhooks.event_filter import EventFilter

_SAME: Final = ("id", "url", "created_at", "version")
_HIDDEN: Final = ("secret", "previous_secret", "previous_until", "removed_at")


def endpoint_changes(endpoint: Endpoint, before: Endpoint | None, _: Stamp) -> Changes:
    """Return what saving `endpoint` means, given the endpoint as it was read (None: it is new)."""
    row = endpoint_row(endpoint)
    if before is None:
        return Changes.of((), [Insert("webhook_endpoints", row)])
    old = endpoint_row(before)
    changed = {name: value for name, value in row.items() if value != old[name]}
    seen = {"version": before.version}
    return Changes.of([Touch(table="webhook_endpoints", key={"id": endpoint.id}, seen=seen, set=changed)])


def endpoint_row(endpoint: Endpoint) -> Row:
    because = endpoint.disabled_because
    return {
        **{name: getattr(endpoint, name) for name in (*_SAME, *_HIDDEN)},
        "event_types": [wanted.value for wanted in endpoint.event_types],
        "status": endpoint.status.value,
        "disabled_because": None if because is None else because.value,
    }


def endpoint_from(row: Row) -> Endpoint:
    because = row["disabled_because"]
    return Endpoint(
        **_shown(row),
        **{name: row[name] for name in _HIDDEN},
        disabled_because=None if because is None else Because(because),
    )


def endpoint_view(row: Row) -> EndpointView:
    return EndpointView(**_shown(row))


def _shown(row: Row) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _SAME},
        "event_types": tuple(map(EventFilter, row["event_types"])),
        "status": EndpointStatus(row["status"]),
    }
