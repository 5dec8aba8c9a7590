"""Encrypt an endpoint's secrets under the newest master key, so that the one before it may be forgotten."""

from dataclasses import dataclass, replace

from application.shared.caller import Caller
from application.webhooks.ports import BeginWebhooks, SigningSecrets
from domain.ids import WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResealSecrets:
    caller: Caller
    endpoint_id: WebhookEndpointId


@dataclass(frozen=True, slots=True)
class ResealSecretsHandler:
    """The secrets stay what they are, and so does the version. Raises: WebhookEndpointNotFound; Unsealable, when no key
    that we have reads them.
    """

    begin: BeginWebhooks
    secrets: SigningSecrets

    async def __call__(self, command: ResealSecrets) -> None:
        async with self.begin(command.caller) as work:
            endpoint = await work.endpoints.get(command.endpoint_id)

            def resealed(sealed: bytes) -> bytes:
                whose = command.caller.organization, endpoint.id
                return self.secrets.seal(self.secrets.unseal(sealed, *whose), *whose)

            previous = endpoint.previous_secret
            work.endpoints.save(
                replace(
                    endpoint,
                    secret=resealed(endpoint.secret),
                    previous_secret=None if previous is None else resealed(previous),
                )
            )
            await work.commit(None)
