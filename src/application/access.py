"""Roles × operations: the one table of who may do what. Guards, answers and documentation all read it."""

from collections.abc import Mapping
from typing import Final

from domain.identity.roles import Role

Roles = tuple[Role, ...]

PUBLIC: Final[Roles] = ()
"""Anybody, without a token."""

MEMBERS: Final[Roles] = (Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.OWNER)
OPERATORS: Final[Roles] = (Role.OPERATOR, Role.ADMIN, Role.OWNER)
ADMINS: Final[Roles] = (Role.ADMIN, Role.OWNER)
EVERYBODY: Final[Roles] = (Role.CUSTOMER, *MEMBERS)
BUYERS: Final[Roles] = (Role.CUSTOMER, *OPERATORS)
"""Who buys, for itself or for a customer. Where a customer is among the roles, its use case keeps it to what is its own
(`application.ordering.ownership`)."""

OPERATIONS: Final[Mapping[str, Roles]] = {
    # identity
    "signUp": PUBLIC,
    "logIn": PUBLIC,
    "refresh": PUBLIC,
    "logOut": PUBLIC,
    "redeemPasswordReset": PUBLIC,
    "getMe": EVERYBODY,
    "logOutEverywhere": EVERYBODY,
    "changePassword": EVERYBODY,
    "listSessions": EVERYBODY,
    "revokeSession": EVERYBODY,
    "listMembers": MEMBERS,
    "getMember": MEMBERS,
    "addMember": ADMINS,
    "changeMember": ADMINS,
    "removeMember": ADMINS,
    "logMemberOut": ADMINS,
    "offerPasswordReset": ADMINS,
    "listApiKeys": MEMBERS,
    "createApiKey": ADMINS,
    "revokeApiKey": ADMINS,
    # catalogue and stock
    "createProduct": OPERATORS,
    "listProducts": EVERYBODY,
    "getProduct": EVERYBODY,
    "changeProduct": OPERATORS,
    "archiveProduct": OPERATORS,
    "adjustStock": OPERATORS,
    "listStockAdjustments": MEMBERS,
    # customers
    "createCustomer": OPERATORS,
    "listCustomers": MEMBERS,
    "getCustomer": EVERYBODY,
    "changeCustomer": OPERATORS,
    "suspendCustomer": OPERATORS,
    "reactivateCustomer": OPERATORS,
    "eraseCustomer": OPERATORS,
    # orders
    "placeOrder": BUYERS,
    "quoteOrder": BUYERS,
    "listOrders": EVERYBODY,
    "browseOrders": ADMINS,
    "getOrder": EVERYBODY,
    "getTimeline": EVERYBODY,
    "noteOrder": OPERATORS,
    "changeOrder": OPERATORS,
    "confirmOrder": BUYERS,
    "cancelOrder": BUYERS,
    "shipOrder": OPERATORS,
    "deliverOrder": OPERATORS,
    "returnOrder": OPERATORS,
    "proveOrder": EVERYBODY,
    # operations
    "listEvents": MEMBERS,
    "getPolicy": MEMBERS,
    "changePolicy": ADMINS,
    "advanceClock": ADMINS,
    "hearFromStripe": PUBLIC,
    # webhooks
    "createWebhookEndpoint": ADMINS,
    "listWebhookEndpoints": MEMBERS,
    "getWebhookEndpoint": MEMBERS,
    "changeWebhookEndpoint": ADMINS,
    "removeWebhookEndpoint": ADMINS,
    "rotateWebhookSecret": ADMINS,
    "listWebhookDeliveries": MEMBERS,
    "redeliverWebhook": ADMINS,
    "redeliverWebhooks": ADMINS,
    # what everybody may read
    "getOrderLifecycle": PUBLIC,
    "getLiveness": PUBLIC,
    "getReadiness": PUBLIC,
    "getMetrics": PUBLIC,
    "getJwks": PUBLIC,
    "getOpenapi": PUBLIC,
    "getOpenapiYaml": PUBLIC,
    "getDocs": PUBLIC,
    "getDocsAsset": PUBLIC,
    "listProblems": PUBLIC,
    "getProblem": PUBLIC,
}

PEOPLE_ONLY: Final = frozenset({"logOutEverywhere", "changePassword", "listSessions", "revokeSession"})
"""What an API key cannot do, whatever its role: it has neither a password nor sessions."""
