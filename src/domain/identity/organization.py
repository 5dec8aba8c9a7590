"""An organization: the tenant to which everything else belongs, and the members who act in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId, OrganizationId
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A tenant. A sandbox may move its own clock."""

    id: OrganizationId
    name: str
    slug: str
    currency: Currency
    sandbox: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user of one organization. `password_hash` is in the PHC string format; `customer_id` only for role customer."""

    id: MemberId
    email: str
    name: str
    role: Role
    customer_id: CustomerId | None
    password_hash: str
    created_at: datetime
    version: int = 1

    @classmethod
    def owner(cls, id: MemberId, *, email: str, name: str, password_hash: str, at: datetime) -> Self:
        """Return the first member of a new organization."""
        return cls(
            id=id,
            email=email,
            name=name,
            role=Role.OWNER,
            customer_id=None,
            password_hash=password_hash,
            created_at=at,
        )
