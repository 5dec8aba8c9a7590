"""The policy of an organization: columns of the organization's own row, and under its version."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Final

from adapters.records.changes import Changes, Row, Touch
from adapters.records.stamp import Stamp
from application.ordering.policy_view import PolicyView
from domain.ids import OrganizationId
from domain.ordering.policy import Policy, StandingPolicy

POLICY_COLUMNS: Final = tuple(demand.name for demand in fields(Policy))


def policy_changes(standing: StandingPolicy, before: StandingPolicy | None, _: Stamp) -> Changes:
    """Return what saving the policy means, given the policy as it was read. Raises: RuntimeError, if it was not."""
    if before is None:
        raise RuntimeError("a policy stands from the day that its organization is founded: read it first")
    known = asdict(before.policy)
    changed = {name: value for name, value in asdict(standing.policy).items() if value != known[name]}
    return Changes.of([Touch(table="organizations", key={}, set={**changed, "version": standing.version})])


def policy_from(row: Row) -> Policy:
    return Policy(**_demands(row))


def standing_from(row: Row) -> StandingPolicy:
    """Return the policy that an organization's row says."""
    return StandingPolicy(id=OrganizationId(row["id"]), policy=policy_from(row), version=row["version"])


def policy_view(row: Row) -> PolicyView:
    """Return the read model that an organization's row says."""
    return PolicyView(**_demands(row), version=row["version"])


def _demands(row: Row) -> Mapping[str, int]:
    return {name: row[name] for name in POLICY_COLUMNS}
