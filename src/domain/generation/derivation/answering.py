"""What every operation has, whatever it does: its answer, its errors, who may ask (D3, D13, D17, D18, D21)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from domain.generation.behaviours import Answer, Errors
from domain.generation.contract import Operation, Place
from domain.generation.derivation import hints
from domain.generation.derivation.admitting import frequency, roles
from domain.generation.derivation.naming import words
from domain.generation.derivation.said import Said, Sayings, preferred
from domain.generation.intake.documents import as_text

_KEYS: Final = frozenset({"idempotencykey", "xidempotencykey"})


@dataclass(frozen=True, slots=True)
class Answering:
    sayings: Sayings

    def common(self, said: Said) -> dict[str, Any]:
        operation = said.operation
        headers = {_plain(each.name): each.name for each in operation.parameters if each.place is Place.HEADER}
        return {
            "origin": operation.origin,
            "operation": operation.id,
            "answer": self._answer(said),
            "errors": self._errors(operation),
            "request": _name(self.sayings.record(said.request)),
            "request_envelope": said.request.path if said.request is not None else (),
            "authenticated": bool(operation.security) and () not in operation.security,
            "idempotency_key": as_text(hints.of_operation(operation).get("idempotent"))
            or next((headers[name] for name in sorted(_KEYS) if name in headers), None),
            "if_match": "ifmatch" in headers or operation.response("412") is not None,
            "roles": roles(self.sayings.contract, operation),
            "frequency": frequency(self.sayings.contract, operation),
            "payment": operation.response("402") is not None,
        }

    def _answer(self, said: Said) -> Answer:
        success = said.operation.success
        status = success.status if success is not None else ""
        media = preferred(success.media) if success is not None else None
        return Answer(
            status=int(status) if status.isdecimal() else (204 if media is None else 200),
            record=_name(self.sayings.record(said.answer)),
            envelope=said.answer.path if said.answer is not None and not said.is_list else (),
            media_type=media.type if media is not None else None,
            headers=tuple((_plain(name), name) for name in (success.headers if success is not None else ())),
        )

    def _errors(self, operation: Operation) -> Errors:
        """D21: only declared statuses leave the service; what is not declared takes the nearest that is."""
        declared = {int(each.status) for each in operation.responses if each.status.isdecimal()}
        body, problem = self._error_body(operation)
        return Errors(
            invalid=_nearest(declared, 400, 422) or 400,
            missing=_nearest(declared, 404, 410, 400, 422),
            conflict=_nearest(declared, 409, 422, 400),
            unauthenticated=_nearest(declared, 401),
            forbidden=_nearest(declared, 403, 404),
            stale=_nearest(declared, 412, 409),
            rule=_nearest(declared, 422, 409, 400),
            limited=_nearest(declared, 429),
            payment=_nearest(declared, 402),
            body=body,
            problem_json=problem,
        )

    def _error_body(self, operation: Operation) -> tuple[str | None, bool]:
        for response in operation.responses:
            if response.status.startswith(("4", "5")) or response.status == "default":
                media = preferred(response.media)
                if media is not None and media.schema is not None and media.schema.name is not None:
                    return media.schema.name, media.type == "application/problem+json"
        return None, False


def _nearest(declared: Iterable[int], *wanted: int) -> int | None:
    known = set(declared)
    return next((status for status in wanted if status in known), None)


def _name(record: object) -> str | None:
    return getattr(record, "name", None)


def _plain(name: str) -> str:
    return "".join(words(name))
