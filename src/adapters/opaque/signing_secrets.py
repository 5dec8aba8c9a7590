"""The secrets that webhooks are signed with: random, and encrypted under a key of the service's own."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from application.shared.ports import Sealing
from domain.ids import WebhookEndpointId
from domain.webhooks.signature import SECRET_BYTES


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """Implements SigningSecrets. What is sealed is bound to its endpoint: in another's row it does not open."""

    sealing: Sealing

    def new(self) -> bytes:
        return secrets.token_bytes(SECRET_BYTES)

    def seal(self, secret: bytes, organization: UUID, endpoint: WebhookEndpointId) -> bytes:
        return self.sealing.seal(secret, bound_to=organization.bytes + endpoint.bytes)

    def unseal(self, sealed: bytes, organization: UUID, endpoint: WebhookEndpointId) -> bytes:
        return self.sealing.unseal(sealed, bound_to=organization.bytes + endpoint.bytes)
