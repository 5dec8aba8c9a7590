"""The proof of an order on the wire."""

from uuid import UUID

from dishka import FromDishka
from litestar import Response, get
from litestar.params import FromPath

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, plain
from adapters.http.fields import Answer
from adapters.http.injection import inject
from application.ordering.prove_order import ProveOrder, ProveOrderHandler
from domain.ids import OrderId


class CheckBody(Answer):
    """`expected` is recomputed from ledgers and events, `actual` is what is written; it holds when they are equal."""

    name: str
    holds: bool
    expected: int | str | dict[str, int | str]
    actual: int | str | dict[str, int | str]


class ProofBody(Answer):
    """Every invariant of an order; it holds when all of them do."""

    checks: list[CheckBody]
    holds: bool


@get("/{id:str}/proof", operation_id="proveOrder", problems=("resource-not-found",))
@inject
async def prove_order(
    request: AdmittedRequest, id: FromPath[UUID], prove: FromDishka[ProveOrderHandler]
) -> Response[ProofBody]:
    """Prove an order: every invariant of it, recomputed from ledgers and events."""
    proof = await prove(ProveOrder(caller=request.caller, order_id=OrderId(id)))
    return plain(as_body(proof, ProofBody))
