"""Create a webhook endpoint. Its secret is shown now, and never again."""

from dataclasses import dataclass

from application.shared.caller import Caller
from application.shared.ports import IdFactory
from application.webhooks.ports import BeginWebhooks, ShownSecret, SigningSecrets
from domain.ids import WebhookEndpointId
from domain.webhooks.endpoint import Endpoint
from domain.webhooks.event_filter import EventFilter
from domain.webhooks.signature import shown
from domain.webhooks.target import TargetRules


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEndpoint:
    """Without `event_types` it is told everything."""

    caller: Caller
    url: str
    event_types: tuple[EventFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateEndpointHandler:
    """Raises: RulesBroken (url-invalid, url-not-https, url-not-public)."""

    begin: BeginWebhooks
    new_id: IdFactory
    secrets: SigningSecrets
    targets: TargetRules

    async def __call__(self, command: CreateEndpoint) -> ShownSecret:
        async with self.begin(command.caller) as work:
            await work.look()
            endpoint_id, secret = WebhookEndpointId(self.new_id()), self.secrets.new()
            endpoint = Endpoint.open(
                endpoint_id,
                url=self.targets.checked(command.url, "/url"),
                event_types=command.event_types,
                secret=self.secrets.seal(secret, command.caller.organization, endpoint_id),
                at=work.instant(),
            )
            work.endpoints.save(endpoint)
            return await work.commit(ShownSecret(endpoint=endpoint, secret=shown(secret)))
