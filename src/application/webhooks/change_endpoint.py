"""Change where a webhook endpoint is, what it is told, or whether it is told anything."""

from dataclasses import dataclass

from application.shared.caller import Caller
from application.webhooks.ports import BeginWebhooks
from domain.ids import WebhookEndpointId
from domain.shared.errors import check_version
from domain.webhooks.endpoint import Endpoint, EndpointChange
from domain.webhooks.target import TargetRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEndpoint:
    caller: Caller
    endpoint_id: WebhookEndpointId
    change: EndpointChange
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeEndpointHandler:
    """Raises: WebhookEndpointNotFound, StaleVersion, RulesBroken (url-invalid, url-not-https, url-not-public)."""

    begin: BeginWebhooks
    targets: TargetRules

    async def __call__(self, command: ChangeEndpoint) -> Endpoint:
        async with self.begin(command.caller) as work:
            before = await work.endpoints.get(command.endpoint_id)
            check_version(expected=command.expected_version, actual=before.version)
            if "url" in command.change:
                self.targets.checked(command.change["url"], "/url")
            endpoint = before.change(**command.change)
            if endpoint is before:
                return before
            work.endpoints.save(endpoint)
            return await work.commit(endpoint)
