"""Replace the secret of a webhook endpoint. The new one is shown now; the one before signs, too, for another day."""

from dataclasses import dataclass

from application.shared.caller import Caller
from application.webhooks.ports import BeginWebhooks, ShownSecret, SigningSecrets
from domain.ids import WebhookEndpointId
from domain.shared.errors import check_version
from domain.webhooks.signature import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSecret:
    caller: Caller
    endpoint_id: WebhookEndpointId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RotateSecretHandler:
    """Raises: WebhookEndpointNotFound, StaleVersion."""

    begin: BeginWebhooks
    secrets: SigningSecrets

    async def __call__(self, command: RotateSecret) -> ShownSecret:
        async with self.begin(command.caller) as work:
            endpoint = await work.endpoints.get(command.endpoint_id)
            check_version(expected=command.expected_version, actual=endpoint.version)
            secret = self.secrets.new()
            sealed = self.secrets.seal(secret, command.caller.organization, endpoint.id)
            endpoint = endpoint.rotate(sealed, at=work.instant())
            work.endpoints.save(endpoint)
            return await work.commit(ShownSecret(endpoint=endpoint, secret=shown(secret)))
