"""Roles × operations: the one table of who may do what. Guards, answers and documentation all read it."""

from collections.abc import Mapping
from typing import Final

from domain.identity.roles import Role

Roles = tuple[Role, ...]

PUBLIC: Final[Roles] = ()
"""Anybody, without a token."""

MEMBERS: Final[Roles] = (Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.OWNER)
OPERATORS: Final[Roles] = (Role.OPERATOR, Role.ADMIN, Role.OWNER)
EVERYBODY: Final[Roles] = (Role.CUSTOMER, *MEMBERS)
"""Customers, too: only where nothing is shown or changed that belongs to another customer."""

OPERATIONS: Final[Mapping[str, Roles]] = {
    # identity
    "signUp": PUBLIC,
    "logIn": PUBLIC,
    "getMe": EVERYBODY,
    # catalogue and stock
    "createProduct": OPERATORS,
    "listProducts": EVERYBODY,
    "getProduct": EVERYBODY,
    "adjustStock": OPERATORS,
    # customers
    "createCustomer": OPERATORS,
    "listCustomers": MEMBERS,
    "getCustomer": MEMBERS,
    "suspendCustomer": OPERATORS,
    "reactivateCustomer": OPERATORS,
    # orders
    "placeOrder": OPERATORS,
    "listOrders": MEMBERS,
    "getOrder": MEMBERS,
    "confirmOrder": OPERATORS,
    "cancelOrder": OPERATORS,
    "shipOrder": OPERATORS,
    "deliverOrder": OPERATORS,
    "returnOrder": OPERATORS,
    # what everybody may read
    "getOrderLifecycle": PUBLIC,
    "getLiveness": PUBLIC,
    "getReadiness": PUBLIC,
    "getJwks": PUBLIC,
    "getOpenapi": PUBLIC,
    "getDocs": PUBLIC,
    "getDocsAsset": PUBLIC,
    "listProblems": PUBLIC,
    "getProblem": PUBLIC,
}
