"""Every use case that HTTP asks for, by context."""

from typing import Final

from application.catalogue.adjust_stock import AdjustStockHandler
from application.catalogue.archive_product import ArchiveProductHandler
from application.catalogue.change_product import ChangeProductHandler
from application.catalogue.create_product import CreateProductHandler
from application.catalogue.get_product import GetProductHandler
from application.catalogue.list_products import ListProductsHandler
from application.catalogue.list_stock_adjustments import ListStockAdjustmentsHandler
from application.customers.change_customer import ChangeCustomerHandler
from application.customers.erase_customer import EraseCustomerHandler
from application.customers.get_customer import GetCustomerHandler
from application.customers.list_customers import ListCustomersHandler
from application.customers.reactivate_customer import ReactivateCustomerHandler
from application.customers.register_customer import RegisterCustomerHandler
from application.customers.suspend_customer import SuspendCustomerHandler
from application.delivery.list_deliveries import ListDeliveriesHandler
from application.delivery.redeliver import RedeliverHandler
from application.delivery.redeliver_range import RedeliverRangeHandler
from application.feed.list_events import ListEventsHandler
from application.identity.add_member import AddMemberHandler
from application.identity.advance_clock import AdvanceClockHandler
from application.identity.authenticate import AuthenticateHandler
from application.identity.change_member import ChangeMemberHandler
from application.identity.change_password import ChangePasswordHandler
from application.identity.create_api_key import CreateApiKeyHandler
from application.identity.get_me import GetMeHandler
from application.identity.get_member import GetMemberHandler
from application.identity.list_api_keys import ListApiKeysHandler
from application.identity.list_members import ListMembersHandler
from application.identity.list_sessions import ListSessionsHandler
from application.identity.log_in import LogInHandler
from application.identity.log_out import LogOutHandler
from application.identity.log_out_everywhere import LogOutEverywhereHandler
from application.identity.offer_password_reset import OfferPasswordResetHandler
from application.identity.redeem_password_reset import RedeemPasswordResetHandler
from application.identity.refresh_session import RefreshSessionHandler
from application.identity.remove_member import RemoveMemberHandler
from application.identity.revoke_api_key import RevokeApiKeyHandler
from application.identity.revoke_session import RevokeSessionHandler
from application.identity.sign_up import SignUpHandler
from application.ordering.browse_orders import BrowseOrdersHandler
from application.ordering.cancel_order import CancelOrderHandler
from application.ordering.change_order import ChangeOrderHandler
from application.ordering.change_policy import ChangePolicyHandler
from application.ordering.confirm_order import ConfirmOrderHandler
from application.ordering.deliver_order import DeliverOrderHandler
from application.ordering.expire_order import ExpireOrderHandler
from application.ordering.get_order import GetOrderHandler
from application.ordering.get_policy import GetPolicyHandler
from application.ordering.get_timeline import GetTimelineHandler
from application.ordering.hear_of_payment import HearOfPaymentHandler
from application.ordering.list_orders import ListOrdersHandler
from application.ordering.note_order import NoteOrderHandler
from application.ordering.place_order import PlaceOrderHandler
from application.ordering.prove_order import ProveOrderHandler
from application.ordering.quote_order import QuoteOrderHandler
from application.ordering.reconcile_payment import ReconcilePaymentHandler
from application.ordering.return_order import ReturnOrderHandler
from application.ordering.ship_order import ShipOrderHandler
from application.webhooks.change_endpoint import ChangeEndpointHandler
from application.webhooks.create_endpoint import CreateEndpointHandler
from application.webhooks.get_endpoint import GetEndpointHandler
from application.webhooks.list_endpoints import ListEndpointsHandler
from application.webhooks.remove_endpoint import RemoveEndpointHandler
from application.webhooks.rotate_secret import RotateSecretHandler

COMMANDS: Final = (
    # identity
    SignUpHandler,
    LogInHandler,
    RefreshSessionHandler,
    LogOutHandler,
    LogOutEverywhereHandler,
    RevokeSessionHandler,
    ChangePasswordHandler,
    OfferPasswordResetHandler,
    RedeemPasswordResetHandler,
    AddMemberHandler,
    ChangeMemberHandler,
    RemoveMemberHandler,
    CreateApiKeyHandler,
    RevokeApiKeyHandler,
    AdvanceClockHandler,
    # catalogue
    CreateProductHandler,
    ChangeProductHandler,
    ArchiveProductHandler,
    AdjustStockHandler,
    # customers
    RegisterCustomerHandler,
    ChangeCustomerHandler,
    SuspendCustomerHandler,
    ReactivateCustomerHandler,
    EraseCustomerHandler,
    # ordering
    PlaceOrderHandler,
    ChangeOrderHandler,
    ConfirmOrderHandler,
    CancelOrderHandler,
    ShipOrderHandler,
    DeliverOrderHandler,
    ReturnOrderHandler,
    ChangePolicyHandler,
    NoteOrderHandler,
    ExpireOrderHandler,
    # webhooks
    CreateEndpointHandler,
    ChangeEndpointHandler,
    RotateSecretHandler,
    RemoveEndpointHandler,
    # delivery
    RedeliverHandler,
    RedeliverRangeHandler,
)
"""Each is offered as `Answering[its command, its result]`: run again when it is outdated, and once under a key."""

QUERIES: Final = (
    # identity
    AuthenticateHandler,
    GetMeHandler,
    ListSessionsHandler,
    GetMemberHandler,
    ListMembersHandler,
    ListApiKeysHandler,
    # catalogue
    GetProductHandler,
    ListProductsHandler,
    ListStockAdjustmentsHandler,
    # customers
    GetCustomerHandler,
    ListCustomersHandler,
    # ordering
    GetOrderHandler,
    ListOrdersHandler,
    BrowseOrdersHandler,
    GetPolicyHandler,
    QuoteOrderHandler,
    GetTimelineHandler,
    ProveOrderHandler,
    ReconcilePaymentHandler,
    HearOfPaymentHandler,
    # webhooks
    GetEndpointHandler,
    ListEndpointsHandler,
    # feed
    ListEventsHandler,
    # delivery
    ListDeliveriesHandler,
)
"""Each is offered as itself."""
