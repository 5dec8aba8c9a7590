"""List webhook endpoints, newest first."""

from dataclasses import dataclass

from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest
from application.webhooks.ports import EndpointQueries, EndpointView


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEndpoints:
    caller: Caller
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListEndpointsHandler:
    endpoints: EndpointQueries

    async def __call__(self, query: ListEndpoints) -> Page[EndpointView]:
        return await self.endpoints.page(query.caller.organization, query.page)
