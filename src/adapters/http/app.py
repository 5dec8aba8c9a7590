"""The ASGI app: every route, behind one admission, inside one envelope."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from dishka import AsyncContainer
from litestar import Litestar
from litestar.datastructures import State
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License, Tag
from litestar.router import Router
from litestar.types import ASGIApp

from adapters.http.admission import MAX_BODY, AdmittedRequest, admit
from adapters.http.api_keys import API_KEYS
from adapters.http.cors import CrossOrigin
from adapters.http.customers import CUSTOMERS
from adapters.http.deadline import Deadline
from adapters.http.docs import DOCS
from adapters.http.envelope import Envelope
from adapters.http.events import EVENTS
from adapters.http.head import HeadAsGet
from adapters.http.health import HEALTH
from adapters.http.identity import IDENTITY
from adapters.http.journal import Journal
from adapters.http.jwks import JWKS
from adapters.http.lifecycle import LIFECYCLES
from adapters.http.members import MEMBERS
from adapters.http.metrics import METRICS
from adapters.http.operations import operations_of
from adapters.http.options import HttpOptions
from adapters.http.orders import ADMIN_ORDERS, ORDERS
from adapters.http.pace import Pace
from adapters.http.payment_notifications import NOTIFICATIONS
from adapters.http.policy import POLICY
from adapters.http.preface import PREFACE, TAGS
from adapters.http.problem_pages import PROBLEMS
from adapters.http.products import PRODUCTS
from adapters.http.quotes import QUOTES
from adapters.http.refusals import REFUSALS, problem_bytes
from adapters.http.sandbox import SANDBOX
from adapters.http.sessions import SESSIONS
from adapters.http.webhook_deliveries import OF_ENDPOINTS, WEBHOOK_DELIVERIES
from adapters.http.webhook_endpoints import WEBHOOK_ENDPOINTS

ROUTERS = (
    IDENTITY,
    SESSIONS,
    MEMBERS,
    API_KEYS,
    PRODUCTS,
    CUSTOMERS,
    ORDERS,
    ADMIN_ORDERS,
    QUOTES,
    NOTIFICATIONS,
    POLICY,
    EVENTS,
    LIFECYCLES,
    SANDBOX,
    WEBHOOK_ENDPOINTS,
    OF_ENDPOINTS,
    WEBHOOK_DELIVERIES,
    HEALTH,
    METRICS,
    JWKS,
    PROBLEMS,
    DOCS,
)

Hook = Callable[[], Awaitable[None]]


def http_app(
    container: AsyncContainer,
    options: HttpOptions,
    *,
    routers: Sequence[Router] = ROUTERS,
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
) -> Litestar:
    """Return the app over the use cases of the container. Raises: LookupError, for a route without access rule."""
    app = Litestar(
        route_handlers=list(routers),
        request_class=AdmittedRequest,
        before_request=admit,
        exception_handlers=dict(REFUSALS),
        request_max_body_size=MAX_BODY,
        openapi_config=OpenAPIConfig(
            title="Orderwright",
            version="1",
            path="/-",
            render_plugins=[],
            use_handler_docstrings=True,
            summary="An order-management service.",
            description=PREFACE,
            license=License("Apache License 2.0", identifier="Apache-2.0"),
            tags=[Tag(name, description) for name, description in TAGS.items()],
        ),
        state=State(
            {"container": container, "options": options, "pace": Pace(options.limit_per_principal), "leaving": False}
        ),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    app.state.operations = operations_of(app)
    app.asgi_handler = _enclosed(app.asgi_handler, options)
    return app


def _enclosed(app: ASGIApp, options: HttpOptions) -> ASGIApp:
    """Return the app within what covers even what no route ever sees: read from the inside out."""
    told = partial(problem_bytes, public_url=options.public_url)
    app = Deadline(app, new_id=options.new_id, body=told, seconds=options.deadline)
    app = CrossOrigin(app, origins=options.cors_origins)
    app = Envelope(app, new_id=options.new_id, body=told)
    app = Journal(app, trusted_proxies=options.trusted_proxies, watch=options.watch)
    for wrap in options.around:
        app = wrap(app)
    return HeadAsGet(app)
