"""An organization: the tenant to which everything else belongs."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import OrganizationId
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
