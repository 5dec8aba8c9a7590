"""Organizations, and what founding one means."""

from dataclasses import asdict

from adapters.records.changes import Changes, Row
from adapters.records.member_records import member_row
from adapters.records.rows import inserts
from application.identity.ports import OrganizationView
from domain.identity.member import Member
from domain.identity.organization import Organization
from domain.ordering.policy import Policy


def founding_changes(organization: Organization, owner: Member) -> Changes:
    """Return what founding an organization means: its row, with the policy of the house, and its first member."""
    return Changes.of((), inserts({"organizations": [organization_row(organization)], "members": [member_row(owner)]}))


def organization_row(organization: Organization) -> Row:
    """The row of a new organization; its id is the organization that every row gets."""
    return {
        "name": organization.name,
        "slug": organization.slug,
        "currency": organization.currency,
        "sandbox": organization.sandbox,
        **asdict(Policy()),
        "owners": 1,
        "created_at": organization.created_at,
        "version": 1,
    }


def organization_view(row: Row) -> OrganizationView:
    return OrganizationView(**{name: row[name] for name in ("id", "name", "slug", "currency", "sandbox")})
