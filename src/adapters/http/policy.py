"""The policy: what the organization demands of its orders."""

from typing import Annotated, Any, Final

from dishka import FromDishka
from litestar import Response, Router, get, patch
from litestar.params import JSONBody
from msgspec import UNSET, Meta, UnsetType

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, current, versioned
from adapters.http.fields import Answer, Request
from adapters.http.injection import inject
from adapters.http.merge_patch import said
from application.ordering.change_policy import ChangePolicy
from application.ordering.get_policy import GetPolicy, GetPolicyHandler
from application.ordering.policy_view import PolicyView
from application.shared.answering import Answering
from domain.ordering.policy import BOUNDS, PolicyChange, StandingPolicy


def _demand(name: str, description: str) -> Meta:
    least, most = BOUNDS[name]
    return Meta(ge=least, le=most, description=description)


_MOST_ITEMS: Final = _demand("max_items_per_order", "Items (lines) that an order may have.")
_LEAST_VALUE: Final = _demand(
    "minimum_order_value", "What an order is worth at least, in minor units of its own currency."
)
_HOURS: Final = _demand(
    "auto_cancel_after_hours", "How long an order may wait to be confirmed: from now on, for those that are placed."
)


class ChangePolicyBody(Request):
    """A merge patch (RFC 7396): what is left out stays as it is."""

    max_items_per_order: Annotated[int, _MOST_ITEMS] | UnsetType = UNSET
    minimum_order_value: Annotated[int, _LEAST_VALUE] | UnsetType = UNSET
    auto_cancel_after_hours: Annotated[int, _HOURS] | UnsetType = UNSET


class PolicyBody(Answer):
    """What the organization demands of its orders."""

    max_items_per_order: Annotated[int, _MOST_ITEMS]
    minimum_order_value: Annotated[int, _LEAST_VALUE]
    auto_cancel_after_hours: Annotated[int, _HOURS]
    version: int


@get("/", operation_id="getPolicy", conditional=True)
@inject
async def get_policy(request: AdmittedRequest, read: FromDishka[GetPolicyHandler]) -> Response[PolicyBody]:
    """Read what the organization demands of its orders."""
    return current(request, as_body(await read(GetPolicy(caller=request.caller)), PolicyBody))


@patch("/", operation_id="changePolicy", problems=("stale-version",))
@inject
async def change_policy(
    request: AdmittedRequest,
    data: JSONBody[ChangePolicyBody],
    change: FromDishka[Answering[ChangePolicy, StandingPolicy]],
) -> Response[PolicyBody]:
    """Demand something else of the orders to come. Those that stand keep what they were placed under."""
    command = ChangePolicy(
        caller=request.caller, change=said(data, PolicyChange), expected_version=request.expected_version
    )
    return versioned(as_body(PolicyView.of(await change(command)), PolicyBody))


POLICY: Final[Any] = Router("/v1/policy", route_handlers=[get_policy, change_policy], tags=["Operations"])
