"""What every unit of work begins: one for all contexts, as which each asks for it."""

from typing import Final

from dishka import AnyOf

from application.catalogue.ports import CatalogueWork
from application.customers.ports import CustomersWork
from application.delivery.log import RedeliveryWork
from application.identity.ports import IdentityWork
from application.ordering.ports import OrderingWork
from application.shared.work import Begin, Work
from application.webhooks.ports import WebhooksWork

BEGINS: Final = AnyOf[
    Begin[Work],
    Begin[OrderingWork],
    Begin[CatalogueWork],
    Begin[CustomersWork],
    Begin[IdentityWork],
    Begin[WebhooksWork],
    Begin[RedeliveryWork],
]
