"""Remove a webhook endpoint. What waits to be sent to it is dropped; what was sent stays on record."""

from dataclasses import dataclass

from application.shared.caller import Caller
from application.webhooks.ports import BeginWebhooks
from domain.ids import WebhookEndpointId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEndpoint:
    caller: Caller
    endpoint_id: WebhookEndpointId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveEndpointHandler:
    """Raises: WebhookEndpointNotFound, for one that is removed already, too; StaleVersion."""

    begin: BeginWebhooks

    async def __call__(self, command: RemoveEndpoint) -> None:
        async with self.begin(command.caller) as work:
            endpoint = await work.endpoints.get(command.endpoint_id)
            check_version(expected=command.expected_version, actual=endpoint.version)
            work.endpoints.remove(endpoint.remove(at=work.instant()))
            await work.commit(None)
