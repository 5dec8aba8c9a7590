"""Organizations and members as rows."""

from dataclasses import asdict

from adapters.records.changes import Changes, Row
from adapters.records.rows import inserts
from application.identity.ports import Credential, MemberView, OrganizationView
from domain.email import same_mailbox
from domain.identity.organization import Member, Organization
from domain.identity.roles import Role
from domain.ids import OrganizationId
from domain.ordering.facts import Policy


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
        "created_at": organization.created_at,
        "version": 1,
    }


def member_row(member: Member) -> Row:
    return {
        "id": member.id,
        "email": member.email,
        "mailbox": same_mailbox(member.email),
        "name": member.name,
        "role": member.role.value,
        "customer_id": member.customer_id,
        "password_hash": member.password_hash,
        "created_at": member.created_at,
        "version": member.version,
    }


def credential_from(row: Row, organization: OrganizationId) -> Credential:
    return Credential(
        organization=organization,
        member_id=row["id"],
        role=Role(row["role"]),
        customer_id=row["customer_id"],
        password_hash=row["password_hash"],
    )


def organization_view(row: Row) -> OrganizationView:
    return OrganizationView(**{name: row[name] for name in ("id", "name", "slug", "currency", "sandbox")})


def member_view(row: Row) -> MemberView:
    same = {name: row[name] for name in ("id", "email", "name", "customer_id", "created_at", "version")}
    return MemberView(**same, role=Role(row["role"]))
