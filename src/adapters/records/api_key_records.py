"""API keys as rows."""

from typing import Any, Final
from uuid import UUID

from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.stamp import Stamp
from application.identity.ports import ApiKeyView, Bearer
from application.shared.caller import PrincipalKind
from domain.identity.api_key import ApiKey
from domain.identity.roles import Role
from domain.ids import OrganizationId

_SHOWN: Final = ("id", "name", "prefix", "created_at", "last_used_at")
_KEPT: Final = (*_SHOWN, "secret_hash", "revoked_at", "version")


def api_key_changes(key: ApiKey, before: ApiKey | None, _: Stamp) -> Changes:
    """Return what saving `key` means, given the key as it was read (None: it is new)."""
    row = api_key_row(key)
    if before is None:
        return Changes.of((), [Insert("api_keys", row)])
    old = api_key_row(before)
    changed = {name: value for name, value in row.items() if value != old[name]}
    return Changes.of([Touch(table="api_keys", key={"id": key.id}, seen={"version": before.version}, set=changed)])


def api_key_row(key: ApiKey) -> Row:
    return {**{name: getattr(key, name) for name in _KEPT}, "role": key.role.value}


def api_key_from(row: Row) -> ApiKey:
    return ApiKey(**{name: row[name] for name in _KEPT}, role=Role(row["role"]))


def api_key_view(row: Row) -> ApiKeyView:
    return ApiKeyView(**{name: row[name] for name in _SHOWN}, role=Role(row["role"]))


def api_key_bearer(organization: UUID, id: UUID, row: Any) -> Bearer:
    return Bearer(
        organization=OrganizationId(organization),
        kind=PrincipalKind.API_KEY,
        id=id,
        role=Role(row["role"]),
        customer_id=None,
        credential=id,
    )
