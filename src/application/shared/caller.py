"""Who calls, for whom, and in which request: travels in every command and opens every unit of work."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from application.shared.claim import Claim


class PrincipalKind(StrEnum):
    ANONYMOUS = "anonymous"
    USER = "user"
    API_KEY = "api-key"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts. `customer_id` is set where the role acts for one customer record only."""

    kind: PrincipalKind
    id: UUID | None
    role: str | None
    customer_id: UUID | None = None

    def __str__(self) -> str:
        """How events name an actor: `user:<uuid>`, `anonymous` …"""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"

    def acts_for(self, customer_id: UUID) -> bool:
        """Whether what belongs to this customer is theirs to see and to touch."""
        return self.customer_id is None or self.customer_id == customer_id


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS, id=None, role=None)
SYSTEM = Principal(PrincipalKind.SYSTEM, id=None, role=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The organization that is served, who asks, and the id of the request.

    With a `claim`, a commit keeps the answer, and a first read raises AlreadyAnswered where one is kept already. With
    `dry_run`, a commit does all that it always does, then takes it back.
    """

    organization: UUID
    principal: Principal
    request_id: str
    claim: Claim | None = None
    dry_run: bool = False

    def acts_for(self, customer_id: UUID) -> bool:
        return self.principal.acts_for(customer_id)
