"""schemathesis over the whole app: every operation, check and phase, as the owner of an organization of its own."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, ClassVar, Final
from urllib.parse import urljoin
from zlib import crc32

import requests
import schemathesis
from hypothesis import strategies as st
from litestar import Litestar
from schemathesis import hooks
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineFinished, FatalError, Interrupted, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.meta import TestPhase
from schemathesis.python.asgi import get_client

from adapters.http.contract import contract
from entrypoints.checking import ROOT
from tests.http.house import ADDRESS, PASSWORD, key

EXEMPTIONS: Final = ROOT / "schemathesis.toml"
KEY: Final = "Idempotency-Key"
ORDER: Final = "/v1/orders/{id}"
STORIES: Final = "stateful"
SINGLE: Final = ("examples", "coverage", "fuzzing")
"""The phases that ask one operation at a time."""

schemathesis.openapi.format("entity-tag", st.integers(1, 4).map(lambda version: f'"{version}"'))


@dataclass
class Owner:
    """The owner of a fresh organization. It logs in as often as its session is ended, be it by itself."""

    session: requests.Session
    slug: str
    token: str = ""
    logins: int = 0
    moves: int = 0
    deletions: int = 0
    known: dict[str, list[str]] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)

    EMAIL: ClassVar[str] = "owner@example.test"

    def __post_init__(self) -> None:
        self._found()

    def log_in(self) -> str:
        """Return a fresh token; where the owner is locked out (by itself), that of another house."""
        body = {"organization": self.slug, "email": self.EMAIL, "password": PASSWORD}
        answer = self._post("/v1/auth/login", body)
        if not answer.ok:
            self.moves += 1
            self.slug = f"{self.slug}-{self.moves}"
            self._found()
            return self.token
        tokens = answer.json()
        self.token = tokens["accessToken"]
        self.known["refreshToken"] = [tokens["refreshToken"]] * 3
        self.logins += 1
        return self.token

    def _found(self, things: int = 3) -> None:
        """Found the organization, with what nobody could guess: products in stock, and customers who may buy them."""
        self.token = ""
        owner = {"email": self.EMAIL, "name": "Olive", "password": PASSWORD}
        founded = {"name": "Fuzzed", "slug": self.slug, "currency": "EUR", "sandbox": True, "owner": owner}
        assert self._post("/v1/organizations", founded).ok
        self.log_in()
        self.known |= {"productId": [], "customerId": []}
        self.orders = []
        for i in range(things):
            product = {"sku": f"fuzzed-{i}", "name": "Apple", "unitPrice": 1000 + i, "currency": "EUR"}
            self.known["productId"].append(self._post("/v1/products", product).json()["id"])
            stocked = f"/v1/products/{self.known['productId'][i]}/stock-adjustments"
            self._post(stocked, {"change": 1_000_000, "reason": "received"})
            customer = {"email": f"buyer-{i}@example.test", "name": "Bob"}
            self.known["customerId"].append(self._post("/v1/customers", customer).json()["id"])

        for actions in (0, 1, 2, 3) * things:
            self._order(actions)

    def _order(self, actions: int) -> None:
        """Place an order, and take it so far."""
        items = [{"productId": self.known["productId"][0], "quantity": 2}]
        draft = {"customerId": self.known["customerId"][0], "items": items, "shippingAddress": ADDRESS}
        order = self._post("/v1/orders", draft).json()["id"]
        self.orders.append(order)
        for action in ("confirm", "ship", "deliver")[:actions]:
            assert self._post(
                f"/v1/orders/{order}/{action}", {"paymentMethod": "pm_ok"} if action == "confirm" else {}
            ).ok

    def with_known(self, body: Any, turn: int) -> Any:
        """Return the body with what nobody could guess: ids of what exists, and what the owner logs in with. Every
        element of a list has another id, so lists are cut to as many.
        """
        if isinstance(body, list):
            return [self.with_known(part, turn + i) for i, part in enumerate(body[:3])]
        if not isinstance(body, dict):
            return body
        if body.keys() == {"organization", "email", "password"}:
            return {"organization": self.slug, "email": self.EMAIL, "password": PASSWORD}
        return {
            name: self.known[name][turn % 3] if name in self.known else self.with_known(part, turn)
            for name, part in body.items()
        }

    def known_order(self, said: str) -> str:
        """Return an order that exists for an id that nobody has; always the same one for the same id."""
        return said if said in self.orders else self.orders[crc32(said.encode()) % len(self.orders)]

    def _post(self, path: str, body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key()} if self.token else {}
        return self.session.post(path, json=body, headers=headers)


@dataclass
class Seen:
    """What one seed saw: how often each operation answered with which status, and every failure once."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    checks: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    stories: int = 0
    logins: int = 0
    moves: int = 0
    seconds: float = 0

    def add(self, phase: str, recorder: ScenarioRecorder) -> None:
        self.stories += phase == "stateful" and len(recorder.interactions) > 0
        for case_id, interaction in recorder.interactions.items():
            if interaction.response is not None:
                label = recorder.cases[case_id].value.operation.label
                self.statuses.setdefault(label, Counter())[interaction.response.status_code] += 1
                self.phases[phase] += 1
        for case_id, nodes in recorder.checks.items():
            for node in nodes:
                self.checks[node.name] += 1
                if node.failure_info is not None:
                    failure, code = node.failure_info.failure, node.failure_info.code_sample
                    where = f"{failure.operation} · {phase} · {failure.title}"
                    meta = recorder.cases[case_id].value.meta
                    said = getattr(meta and meta.phase.data, "description", "")
                    self.failures.setdefault(where, f"{failure.message}\n{said}\n{code}")

    @property
    def done(self) -> set[str]:
        """The operations that did at least once what they are for."""
        return {label for label, said in self.statuses.items() if min(said) < 300}

    @property
    def cases(self) -> int:
        return sum(self.phases.values())

    def __str__(self) -> str:
        phases = ", ".join(f"{name} {count}" for name, count in self.phases.items())
        return (
            f"{len(self.statuses)} operations, {self.cases} requests ({phases}), {self.stories} stories, "
            f"{self.checks.total()} checks, {self.logins} log-ins, {self.moves} moves, {self.seconds:.0f} s"
        )

    def table(self) -> str:
        rows = (f"  {label}: {dict(sorted(statuses.items()))}" for label, statuses in sorted(self.statuses.items()))
        return "\n".join([str(self), *rows])


@dataclass(frozen=True)
class InProcess:
    """The app, asked without a network."""

    app: Litestar

    def client(self) -> requests.Session:
        return get_client(self.app)

    def of(self, schema: Any) -> Any:
        schema.app = self.app
        return schema


class _Client(requests.Session):
    """A client to whom a path is enough."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        return super().request(method, urljoin(self._url, str(url)), *args, **options)


@dataclass(frozen=True)
class OverHttp:
    """A server that runs somewhere, asked over its socket."""

    url: str

    def client(self) -> requests.Session:
        return _Client(self.url)

    def of(self, schema: Any) -> Any:
        schema.config.update(base_url=self.url)
        return schema


@dataclass(frozen=True)
class Fuzzing:
    """What is asked: `examples` an operation, and `stories` of several requests. One operation alone has no stories."""

    place: InProcess | OverHttp
    seed: int
    examples: int = 0
    stories: int = 0
    operation: str = ""
    phases: Sequence[str] = SINGLE

    def run(self) -> Seen:
        """Ask all that schemathesis can think of.

        What was written stays written, so a story does not replay alike, and then schemathesis quietly ends the phase.
        So it begins again, with the next seed, until there were as many as asked for.
        """
        with self.place.client() as client:
            owner = Owner(client, self._slug)
            seen = Seen()
            start = monotonic()
            if self.examples:
                _round(self._schema(self.seed, self.phases), owner, seen)
            seed = self.seed
            while seen.stories < self.stories:
                before = seen.stories
                _round(self._schema(seed, (STORIES,), self.stories - before), owner, seen)
                assert seen.stories > before, "no story was told"
                seed += 1
            seen.seconds = monotonic() - start
            seen.logins, seen.moves = owner.logins, owner.moves
        return seen

    @property
    def _slug(self) -> str:
        part = self.operation.lower() or ("all" if self.examples else "stories")
        return f"fuzzed-{self.seed}-{part}"

    def _schema(self, seed: int, phases: Sequence[str], stories: int = 0) -> Any:
        config = schemathesis.Config.from_path(EXEMPTIONS)
        config.update(seed=seed, max_failures=None)
        project = config.projects.default
        project.generation.update(max_examples=self.examples or 1, database="none")
        project.phases.stateful.generation.update(max_examples=stories)
        project.phases.update(phases=[*phases])
        project.update(continue_on_failure=True)
        schema = schemathesis.openapi.from_dict(
            deepcopy(contract()), config=config
        )  # loaded from an address, it would not ask there
        if self.operation:  # `include` would add to what the file above lets in, which is everything
            schema = schema.exclude(lambda asked: asked.operation.definition.raw["operationId"] != self.operation)
        return self.place.of(schema)


def _round(schema: Any, owner: Owner, seen: Seen) -> None:
    _authenticate(schema, owner)
    with _acquainted(schema, owner):
        for phase, recorder, failure in _run(schema):
            if recorder:
                seen.add(phase, recorder)
            if failure:
                seen.failures.setdefault(phase, failure)


def _authenticate(schema: Any, owner: Owner) -> None:
    """Send the owner's token along; a new one after every 401."""

    class Bearer:
        def get(self, _: schemathesis.Case, __: schemathesis.AuthContext) -> str:
            return owner.log_in()

        def set(self, case: schemathesis.Case, data: str, _: schemathesis.AuthContext) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    schema.auth(retry_on=[401])(Bearer)


@contextmanager
def _acquainted(schema: Any, owner: Owner) -> Iterator[None]:
    """Let every other well-formed body name things that exist, whose ids nobody could guess; and notice at once when
    the owner's session is over. In a story, a key that was sent before something was deleted is not sent again: its
    answer may tell of the creation of what no longer exists, and schemathesis would look for it.
    """

    def before_call(_: schemathesis.HookContext, case: schemathesis.Case, __: dict[str, Any]) -> None:
        if case.meta is None:
            return
        if case.meta.generation.mode.is_positive:
            _fill_in(case, owner, case.meta.phase.name)
        body = case.meta.components.get(ParameterLocation.BODY)
        if body is not None and body.mode.is_negative and isinstance(case.body, NotSet):
            case.body = []  # schemathesis takes the absence of an optional body for a fault (4.32): send one

    def after_call(_: schemathesis.HookContext, __: schemathesis.Case, response: schemathesis.Response) -> None:
        owner.deletions += response.request.method == "DELETE" and response.status_code < 300
        sent = response.request.headers.get("Authorization", "")
        if response.status_code == 401 and sent == f"Bearer {owner.token}":
            for provider in schema.auth.providers:  # it is out: schemathesis itself gives up where 401 came twice
                provider.invalidate()

    schemathesis.hook(before_call)
    schemathesis.hook(after_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)
        hooks.unregister(after_call)


def _fill_in(case: schemathesis.Case, owner: Owner, phase: TestPhase) -> None:
    """Put what exists into a well-formed request. In stories, ids of addresses come from answers."""
    turn = crc32(repr(case.body).encode(errors="replace"))  # the same case is sent alike whenever it is replayed
    if turn % 2:
        case.body = owner.with_known(case.body, turn // 2)
    if phase is TestPhase.FUZZING and case.path.startswith(ORDER):
        case.path_parameters["id"] = owner.known_order(case.path_parameters["id"])
    if phase is TestPhase.STATEFUL and KEY in case.headers:
        case.headers[KEY] = f"{case.headers[KEY][:200]}.{owner.deletions}"


def _run(schema: Any) -> Iterator[tuple[str, ScenarioRecorder | None, str]]:
    """Yield what every scenario recorded, and what went wrong beside them.

    Raises: KeyboardInterrupt, when somebody ends the run. schemathesis keeps that to itself and closes the phase, as
    if there had been nothing to ask: what was asked in it is lost, and the rest would pass for a run (4.32).
    """
    for event in from_schema(schema).execute():
        match event:
            case ScenarioFinished():
                yield event.phase.value, event.recorder, ""
            case NonFatalError():
                yield f"{event.label} · {event.phase}", None, f"{event.info.title}: {event.info.message}"
            case Interrupted():
                raise KeyboardInterrupt
            case FatalError():
                raise event.exception
            case EngineFinished():
                for failure in event.failures:
                    yield f"{failure.operation} · {failure.title}", None, failure.message
