"""What somebody holds who has logged in: an access token for now, and a refresh token for the next one."""

from dataclasses import dataclass
from datetime import datetime

from application.identity.ports import AccessToken, Bearer, Tokens
from application.shared.caller import PrincipalKind
from domain.identity.roles import Role
from domain.identity.session import Session
from domain.ids import CustomerId, OrganizationId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """`refresh_token` is good for one use, and for `refresh_expires_in` seconds if nobody uses it."""

    access: AccessToken
    refresh_token: str
    refresh_expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a member may do, as it was when the session was read."""

    organization: OrganizationId
    role: Role
    customer_id: CustomerId | None


def signed_in(tokens: Tokens, standing: Standing, session: Session, refresh_token: str, *, at: datetime) -> SignedIn:
    """Return both tokens of a session. When that is revoked, the access token is refused, though it has time left."""
    bearer = Bearer(
        organization=standing.organization,
        kind=PrincipalKind.USER,
        id=session.member_id,
        role=standing.role,
        customer_id=standing.customer_id,
        credential=session.id,
    )
    return SignedIn(
        access=tokens.issue(bearer),
        refresh_token=refresh_token,
        refresh_expires_in=int((session.expires_at - at).total_seconds()),
    )
