"""List what was sent to a webhook endpoint, or is to be, page after page."""

from dataclasses import dataclass

from application.delivery.log import DeliveryLog, DeliveryView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest
from domain.ids import WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeliveries:
    caller: Caller
    endpoint_id: WebhookEndpointId
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListDeliveriesHandler:
    """Raises: WebhookEndpointNotFound."""

    log: DeliveryLog

    async def __call__(self, query: ListDeliveries) -> Page[DeliveryView]:
        return await self.log.page(query.caller.organization, query.endpoint_id, query.page)
