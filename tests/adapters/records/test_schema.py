"""The schema, as far as rows depend on it."""

from typing import Final

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint

from adapters.records.constraints import RERUN, TAKEN, taken
from adapters.records.order_records import PARTS
from adapters.records.schema import metadata, own_key, tenant_column
from adapters.records.tables import WALLED
from domain.identity.roles import Role
from domain.identity.session import RevokedBecause
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy

BUGS: Final = {
    "shipments_organization_id_order_id_position_key",
    "order_returns_organization_id_order_id_position_key",
    "payments_organization_id_order_id_position_key",
    "payments_alive",
    "events_organization_id_subject_subject_id_sequence_key",
    "deliveries_mailed",
}
"""Unique constraints that nobody can meet: whoever breaks one of them has found a bug."""

ANSWERS: Final = "idempotency_keys_pkey"
"""The one primary key that two can meet: callers choose it."""

ACROSS: Final = {
    "sessions": {"sessions_by_revocation"},
    "api_keys": {"api_keys_by_revocation"},
    "idempotency_keys": {"idempotency_keys_by_end"},
    "orders": {"orders_due"},
    "payment_operations": {"payment_operations_due"},
    "deliveries": {"deliveries_due"},
}
"""Indexes that the system uses, which looks across all organizations for what was revoked, has expired, or is due. No
other may."""


def unique_constraints() -> set[str]:
    tables = metadata.tables.values()
    constraints = {str(c.name) for table in tables for c in table.constraints if isinstance(c, UniqueConstraint)}
    return constraints | {str(index.name) for table in tables for index in table.indexes if index.unique}


def test_every_unique_constraint_has_a_meaning() -> None:
    assert unique_constraints() | {ANSWERS} == RERUN | TAKEN.keys() | BUGS
    assert len(RERUN) - len({ANSWERS}) + len(TAKEN) + len(BUGS) == len(unique_constraints()), "and only one"


def test_taken_names_the_fields_of_the_request() -> None:
    refusal = taken("orders_organization_id_external_reference_key")
    assert refusal is not None
    assert refusal.fields == ("externalReference",)
    assert taken("orders_pkey") is None


@pytest.mark.parametrize("table", sorted({*WALLED} - {"organizations"}))
def test_the_organization_comes_first_everywhere(table: str) -> None:
    columns = metadata.tables[table]
    assert tenant_column(table) == "organization_id"
    assert columns.primary_key.columns.keys() == ["organization_id", *own_key(table)]
    for constraint in columns.constraints:
        if isinstance(constraint, ForeignKeyConstraint | UniqueConstraint):
            assert next(iter(constraint.columns)).name == "organization_id", constraint.name
    led_by_others = {index.name for index in columns.indexes if index.columns.keys()[0] != "organization_id"}
    assert led_by_others == ACROSS.get(table, set())


def test_parts_name_their_order_and_their_place() -> None:
    for table in PARTS:
        assert {"order_id", "position"} <= set(metadata.tables[table].columns.keys())


def test_roles_and_states_are_what_the_domain_has() -> None:
    constraints = [c for table in ("orders", "members", "sessions") for c in metadata.tables[table].constraints]
    checks = [str(c.sqltext) for c in constraints if isinstance(c, CheckConstraint)]
    for values in (State, Role, CancelledBy, RevokedBecause):
        listed = ", ".join(f"'{value}'" for value in sorted(values))
        assert any(listed in check for check in checks)
