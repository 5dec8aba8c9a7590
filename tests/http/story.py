"""The order in which the examples of the contract are tried: one story, told from the founding of a tea house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request: the examples named `request` of the operation's parameters and body, asked `by` somebody with these
    `headers` beside. Its answer is the example named `answer` (`request`, where nothing else is said).

    `raw` is a body that no example can show.
    """

    operation: str
    request: str
    answer: str
    by: str
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


NOBODY: Final = "nobody"
OWNER: Final = "owner"
OPERATOR: Final = "operator"
OPERATOR_ANEW: Final = "operator-anew"
TRIAL_OWNER: Final = "trial-owner"
MACHINE: Final = "machine"

WHO: Final[Mapping[str, tuple[str, str, str]]] = {
    OWNER: ("logIn", "owner", "accessToken"),
    OPERATOR: ("logIn", "operator", "accessToken"),
    OPERATOR_ANEW: ("logIn", "operator-anew", "accessToken"),
    TRIAL_OWNER: ("logIn", "trial-owner", "accessToken"),
    MACHINE: ("createApiKey", "till", "key"),
}
"""By what one is known: the operation that gave it, the example that is its answer, and the member that shows it."""


def step(
    operation: str, request: str, answer: str = "", *, by: str = OWNER, raw: bytes | None = None, **headers: str
) -> Step:
    """Return a step; `If_Match` is the header `If-Match`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(operation=operation, request=request, answer=answer or request, by=by, headers=named, raw=raw)


ANOTHER_VERSION: Final = '"99"'
A_KEY: Final = "5f0f2d0e-3c53-4d8a-9d0a-6f6c1b7a2e10"
ANOTHER_KEY: Final = "8c1b6f0a-2d7e-4f5b-9a43-0e9d5c7b1f26"

SIGNED: Final = "signed by Stripe"
"""Stands for a signature of the body, made when it is sent."""

STORY: Final = (
    # the house, and who works in it
    step("signUp", "tea-house", by=NOBODY),
    step("signUp", "tea-house", "slug-taken", by=NOBODY),
    step("signUp", "common-password", by=NOBODY),
    step("logIn", "owner", by=NOBODY),
    step("logIn", "wrong-password", by=NOBODY),
    step("getMe", "owner"),
    step("getMe", "nobody", "no-token", by=NOBODY),
    step("getMe", "nobody", "token-of-nobody", by=NOBODY, Authorization="Bearer nothing-of-ours"),
    step("getMe", "owner", "not-acceptable", Accept="text/csv"),
    step("addMember", "operator"),
    step("addMember", "operator", "e-mail-taken"),
    step("addMember", "common-password"),
    step("logIn", "operator", by=NOBODY),
    step("addMember", "operator", "not-your-role", by=OPERATOR),
    step("addMember", "trainee"),
    step("listMembers", "all"),
    step("getMember", "operator"),
    step("getMember", "operator", "unchanged", If_None_Match='"1"'),
    step("getMember", "unknown"),
    step("changeMember", "promoted"),
    step("changeMember", "promoted", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("changeMember", "promoted", "no-version", If_Match=""),
    step("changeMember", "last-owner"),
    step("offerPasswordReset", "trainee"),
    step("redeemPasswordReset", "common-password", by=NOBODY),
    step("redeemPasswordReset", "trainee", by=NOBODY),
    step("redeemPasswordReset", "trainee", "used-token", by=NOBODY),
    step("logMemberOut", "trainee"),
    step("removeMember", "trainee", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("removeMember", "last-owner"),
    step("removeMember", "trainee"),
    step("createApiKey", "till"),
    step("listApiKeys", "all"),
    step("getMe", "machine", by=MACHINE),
    # what it sells
    step("createProduct", "assam"),
    step("createProduct", "assam", "sku-taken"),
    step("createProduct", "impossible", raw=b'{"sku": "", "unitPrice": -1, "currency": "EURO", "colour": "green"}'),
    step("createProduct", "not-json", raw=b"sku=ASSAM-250", Content_Type="application/x-www-form-urlencoded"),
    step("createProduct", "unreadable", raw=b'{"sku": "ASSAM-250",'),
    step("createProduct", "too-large", raw=b'"' + b"x" * 1024 * 1024 + b'"'),
    step("createProduct", "sencha"),
    step("adjustStock", "assam-received"),
    step("adjustStock", "assam-received", "no-key", Idempotency_Key=""),
    step("adjustStock", "sencha-received"),
    step("adjustStock", "too-many-broken"),
    step("getProduct", "assam"),
    step("changeProduct", "dearer"),
    step("changeProduct", "dearer", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("changeProduct", "sku-of-another", "sku-taken"),
    step("listProducts", "by-name"),
    # for whom
    step("createCustomer", "ada"),
    step("createCustomer", "ada", "e-mail-taken"),
    step("createCustomer", "grace"),
    step("listCustomers", "all"),
    step("getCustomer", "ada"),
    step("getCustomer", "ada", "unchanged", If_None_Match='"1"'),
    step("changeCustomer", "moved"),
    step("changeCustomer", "moved", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("changeCustomer", "e-mail-of-another", "e-mail-taken"),
    step("changeCustomer", "half-an-address"),
    step("suspendCustomer", "grace"),
    step("suspendCustomer", "grace", "suspended-already"),
    step("suspendCustomer", "grace", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    # what an order would come to
    step("quoteOrder", "two-teas"),
    step("quoteOrder", "much-against-it"),
    step("placeOrder", "rehearsed"),
    step("placeOrder", "rehearsed-in-vain"),
    step("placeOrder", "rehearsed-in-vain", "no-such-rehearsal", Prefer="dry-run=half"),
    # an order from beginning to end
    step("placeOrder", "two-teas", Idempotency_Key=A_KEY),
    step("placeOrder", "two-teas", Idempotency_Key=A_KEY),
    step("placeOrder", "one-tea", "key-of-another-request", Idempotency_Key=A_KEY),
    step("placeOrder", "one-tea"),
    step("placeOrder", "one-tea", "reference-taken"),
    step("placeOrder", "too-much"),
    step("placeOrder", "against-the-rules"),
    step("reactivateCustomer", "grace", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("reactivateCustomer", "grace"),
    step("reactivateCustomer", "grace", "active-already"),
    step("getOrder", "two-teas"),
    step("getOrder", "two-teas", "unchanged", If_None_Match='"1"'),
    step("changeOrder", "with-a-note"),
    step("changeOrder", "with-a-note", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("shipOrder", "rehearsed", "rehearsed-too-early"),
    step("confirmOrder", "rehearsed"),
    step("getOrder", "two-teas", "nothing-to-rehearse", Prefer="dry-run"),
    step("confirmOrder", "two-teas", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("confirmOrder", "two-teas"),
    step("confirmOrder", "two-teas", "confirmed-already", If_Match=""),
    step("deliverOrder", "two-teas", "not-shipped"),
    step("returnOrder", "two-teas", "not-shipped"),
    step("shipOrder", "two-teas", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("shipOrder", "two-teas"),
    step("shipOrder", "two-teas", "shipped-already"),
    step("changeOrder", "after-shipping", "shipped-already"),
    step("deliverOrder", "two-teas", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("deliverOrder", "two-teas"),
    step("returnOrder", "two-teas", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("returnOrder", "two-teas"),
    step("cancelOrder", "two-teas", "returned-already"),
    step("cancelOrder", "one-tea", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("cancelOrder", "one-tea"),
    step("listOrders", "first-page"),
    step("listOrders", "second-page"),
    step("listOrders", "cursor-of-another-list"),
    step("browseOrders", "returned"),
    step("getOrderLifecycle", "table"),
    # an order in parts
    step("placeOrder", "for-the-office"),
    step("confirmOrder", "for-the-office"),
    step("shipOrder", "first-parcel"),
    step("shipOrder", "more-than-is-left"),
    step("returnOrder", "too-early"),
    step("deliverOrder", "first-parcel"),
    step("deliverOrder", "unknown-parcel"),
    step("cancelOrder", "for-the-office", "shipped-in-part"),
    step("shipOrder", "the-rest"),
    step("deliverOrder", "first-parcel", "arrived-already"),
    step("returnOrder", "one-dented"),
    step("returnOrder", "more-than-came"),
    # what happened, and whether it adds up
    step("noteOrder", "called"),
    step("noteOrder", "unknown", "no-such-order"),
    step("getTimeline", "from-the-beginning"),
    step("getTimeline", "next"),
    step("getTimeline", "latest"),
    step("getTimeline", "cursor-of-another-order"),
    step("listStockAdjustments", "latest"),
    step("proveOrder", "for-the-office"),
    # money that does not come, and money of which nobody knows
    step("placeOrder", "on-a-bad-card"),
    step("confirmOrder", "declined"),
    step("getOrder", "declined"),
    step("confirmOrder", "another-card"),
    step("shipOrder", "declined"),
    step("cancelOrder", "unpaid"),
    step("placeOrder", "in-the-dark"),
    step("confirmOrder", "in-the-dark", Idempotency_Key=ANOTHER_KEY),
    step("confirmOrder", "in-the-dark", "asked-again-at-once", Idempotency_Key=ANOTHER_KEY),
    step("getOrder", "in-the-dark"),
    step("confirmOrder", "in-the-dark", "payment-in-progress"),
    step("shipOrder", "in-the-dark", "payment-in-progress"),
    step("deliverOrder", "in-the-dark", "payment-in-progress"),
    step("returnOrder", "in-the-dark", "payment-in-progress"),
    step("cancelOrder", "in-the-dark", "payment-in-progress"),
    # what the house demands, and whom it forgets
    step("getPolicy", "standing"),
    step("getPolicy", "standing", "unchanged", If_None_Match='"1"'),
    step("changePolicy", "larger-orders"),
    step("changePolicy", "larger-orders", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step(
        "changePolicy", "out-of-bounds", raw=b'{"maxItemsPerOrder": 0, "autoCancelAfterHours": 100000}', If_Match='"2"'
    ),
    step("eraseCustomer", "grace", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("eraseCustomer", "grace"),
    step("eraseCustomer", "grace", "erased-already"),
    step("changeCustomer", "erased", "erased-already"),
    step("archiveProduct", "sencha", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("archiveProduct", "sencha"),
    # a sandbox, where a day passes at once
    step("advanceClock", "a-day", "not-a-sandbox"),
    step("signUp", "trial-house", by=NOBODY),
    step("logIn", "trial-owner", by=NOBODY),
    step("createProduct", "trial-tea", by=TRIAL_OWNER),
    step("adjustStock", "trial-tea-received", by=TRIAL_OWNER),
    step("createCustomer", "trial-customer", by=TRIAL_OWNER),
    step("placeOrder", "forgotten", by=TRIAL_OWNER),
    step("advanceClock", "a-day", by=TRIAL_OWNER),
    step("getOrder", "forgotten", by=TRIAL_OWNER),
    step("listEvents", "the-last-one", by=TRIAL_OWNER),
    # what anybody may read
    step("getLiveness", "well", by=NOBODY),
    step("getReadiness", "well", by=NOBODY),
    step("getMetrics", "figures", by=NOBODY),
    step("getJwks", "keys", by=NOBODY),
    step("getOpenapi", "contract", by=NOBODY),
    step("getOpenapiYaml", "contract", by=NOBODY),
    step("getDocs", "page", by=NOBODY),
    step("getDocsAsset", "licence", by=NOBODY),
    step("listProblems", "all", by=NOBODY),
    step("getProblem", "stale-version", by=NOBODY),
    # and home
    step("logIn", "owner-again", by=NOBODY),
    step("listSessions", "all"),
    # what Stripe says
    step("hearFromStripe", "captured", by=NOBODY, Stripe_Signature=SIGNED),
    step("hearFromStripe", "captured", "forged", by=NOBODY, Stripe_Signature="t=1767225600,v1=00"),
    step("refresh", "owner", by=NOBODY),
    step("refresh", "owner-next", by=NOBODY),
    step("refresh", "used-token", by=NOBODY),
    step("refresh", "no-token-of-ours", by=NOBODY),
    step("logOut", "owner", by=NOBODY),
    step("revokeApiKey", "till"),
    # who is told
    step("createWebhookEndpoint", "warehouse"),
    step("createWebhookEndpoint", "ourselves"),
    step("listWebhookEndpoints", "all"),
    step("getWebhookEndpoint", "warehouse"),
    step("getWebhookEndpoint", "warehouse", "unchanged", If_None_Match='"1"'),
    step("noteOrder", "told"),
    step("listWebhookDeliveries", "the-last-one"),
    step("listWebhookDeliveries", "unknown", "no-such-endpoint"),
    step("redeliverWebhook", "the-last-one"),
    step("redeliverWebhook", "unknown", "no-such-delivery"),
    step("redeliverWebhooks", "all-day"),
    step("changeWebhookEndpoint", "paused"),
    step("changeWebhookEndpoint", "paused", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("redeliverWebhook", "the-last-one", "disabled"),
    step("redeliverWebhooks", "all-day", "disabled"),
    step("changeWebhookEndpoint", "without-tls"),
    step("rotateWebhookSecret", "warehouse"),
    step("rotateWebhookSecret", "warehouse", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("removeWebhookEndpoint", "warehouse", "changed-meanwhile", If_Match=ANOTHER_VERSION),
    step("removeWebhookEndpoint", "warehouse"),
    step("revokeSession", "first"),
    step("changePassword", "wrong-password", by=OPERATOR),
    step("changePassword", "common-password", by=OPERATOR),
    step("changePassword", "operator", by=OPERATOR),
    step("logIn", "operator-anew", by=NOBODY),
    step("logOutEverywhere", "operator", by=OPERATOR_ANEW),
)
