"""Read one webhook endpoint."""

from dataclasses import dataclass

from application.shared.caller import Caller
from application.webhooks.ports import EndpointQueries, EndpointView
from domain.ids import WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetEndpoint:
    caller: Caller
    endpoint_id: WebhookEndpointId


@dataclass(frozen=True, slots=True)
class GetEndpointHandler:
    """Raises: WebhookEndpointNotFound."""

    endpoints: EndpointQueries

    async def __call__(self, query: GetEndpoint) -> EndpointView:
        return await self.endpoints.get(query.caller.organization, query.endpoint_id)
