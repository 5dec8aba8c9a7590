"""The organization that the demo starts with: an owner, some products with stock, some customers."""

from contextlib import suppress
from typing import Final

from dishka import AsyncContainer

from application.catalogue.adjust_stock import AdjustStock, AdjustStockHandler
from application.catalogue.create_product import CreateProduct, CreateProductHandler
from application.customers.ports import CustomerQueries
from application.customers.register_customer import RegisterCustomer, RegisterCustomerHandler
from application.identity.ports import Credentials
from application.identity.sign_up import SignUp, SignUpHandler
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.pages import PageRequest
from domain.catalogue.product import AdjustmentReason
from domain.identity.passwords import NewPassword
from domain.identity.roles import Role
from domain.ids import MemberId, OrganizationId
from domain.shared.errors import Taken
from domain.shared.money import Currency, Money

SLUG: Final = "demo"
OWNER_EMAIL: Final = "owner@demo.example"
PASSWORD: Final = "correct horse battery"  # noqa: S105 - the demo's, printed at every start
CURRENCY: Final = Currency("EUR")

PRODUCTS: Final = (
    ("MUG-01", "Stoneware mug", 1_490, 120),
    ("TEA-07", "Darjeeling, 250 g", 1_250, 80),
    ("POT-02", "Cast-iron teapot", 6_900, 25),
    ("TIN-03", "Tea caddy", 1_900, 60),
    ("SPN-04", "Tea spoon, set of four", 2_400, 40),
)
"""SKU, name, price in cents, units on hand."""

CUSTOMERS: Final = (("ada@example.com", "Ada Lovelace"), ("grace@example.com", "Grace Hopper"))


async def create_demo_data(container: AsyncContainer) -> None:
    """Create the organization `demo`; one that a crash left half-made (customers come last) is completed."""
    owner = await _owner(container)
    customers = await container.get(CustomerQueries)
    if (await customers.page(owner.organization, PageRequest(limit=1))).items:
        return
    create, adjust = await container.get(CreateProductHandler), await container.get(AdjustStockHandler)
    for sku, name, price, on_hand in PRODUCTS:
        with suppress(Taken):
            product = await create(CreateProduct(caller=owner, sku=sku, name=name, unit_price=Money(price, CURRENCY)))
            received = AdjustmentReason.RECEIVED
            await adjust(AdjustStock(caller=owner, product_id=product.id, change=on_hand, reason=received))
    register = await container.get(RegisterCustomerHandler)
    for email, name in CUSTOMERS:
        await register(RegisterCustomer(caller=owner, email=email, name=name))


async def _owner(container: AsyncContainer) -> Caller:
    """Return the owner of the demo, signed up where there is none."""
    known = await (await container.get(Credentials)).find(SLUG, OWNER_EMAIL)
    if known:
        return _as_owner(known.organization, known.member_id)
    signed = await (await container.get(SignUpHandler))(
        SignUp(
            request_id="demo-data",
            name="Demo Tea House",
            slug=SLUG,
            currency=CURRENCY,
            sandbox=True,
            owner_email=OWNER_EMAIL,
            owner_name="Demo Owner",
            password=NewPassword(PASSWORD),
        )
    )
    return _as_owner(signed.organization.id, signed.member.id)


def _as_owner(organization: OrganizationId, member: MemberId) -> Caller:
    principal = Principal(PrincipalKind.USER, id=member, role=Role.OWNER)
    return Caller(organization=organization, principal=principal, request_id="demo-data")
