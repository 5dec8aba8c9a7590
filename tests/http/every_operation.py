"""One request for every operation of the app, drawn from its contract: a new route is asked without being listed."""

from dataclasses import dataclass

from litestar import Litestar

from adapters.http.openapi import document
from adapters.http.operations import Operation
from tests.http.house import UNKNOWN, Told, told


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation, and a request that is well-formed but about nothing that exists; its body lacks what it needs."""

    operation: Operation
    method: str
    path: str

    async def of(self, app: Litestar, *headers: tuple[str, str], query: str = "", body: bytes = b"{}") -> Told:
        """Ask with these headers beside those that the operation demands."""
        content = (body,) if self.operation.body else ()
        demanded = {
            "Idempotency-Key": "a" * 32 if self.operation.key != "none" else None,
            "If-Match": '"1"' if self.operation.if_match == "required" else None,
            "Content-Type": "application/json" if content else None,
            "Content-Length": str(len(body)) if content else None,
        }
        needed = [(name, value) for name, value in demanded.items() if value]
        return await told(app, self.method, self.path, [*needed, *headers], *content, query=query)


def every_operation(app: Litestar) -> list[Asked]:
    operations = app.state.operations
    return [
        Asked(operations[described["operationId"]], method.upper(), path.format(id=UNKNOWN, slug="none", name="none"))
        for path, item in document(app)["paths"].items()
        for method, described in item.items()
    ]
