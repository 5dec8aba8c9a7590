"""`webhooks listen` prints what is ours and refuses what is not; `webhooks reseal` lets go of an old master key."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import httpx
import pytest
from typer.testing import CliRunner

from adapters.opaque import AesGcmSealing, SealedSecrets
from adapters.postgres import Pooler, PostgresBegin, TenantPool
from adapters.system import SystemClock, new_id
from application.identity.sign_up import SignUp, SignUpHandler
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.ports import Unsealable
from application.webhooks.create_endpoint import CreateEndpoint, CreateEndpointHandler
from domain.identity.passwords import NewPassword
from domain.shared.money import Currency
from domain.webhooks.signature import parsed_secret, shown, signed
from domain.webhooks.target import TargetRules
from entrypoints.cli import cli
from entrypoints.listening import MOST, Listening
from entrypoints.resealing import reseal
from tests.people import PASSWORD, PASSWORDS
from tests.postgres import Database

SECRET, OTHER = bytes(range(32)), bytes(32)
BODY = json.dumps({"type": "order.placed", "subject": "orders/1"}).encode()


@dataclass(frozen=True)
class Desk:
    """Somebody who listens."""

    url: str
    said: list[str]

    def send(self, body: bytes = BODY, secret: bytes = SECRET, *, ago: float = 0, **headers: str) -> httpx.Response:
        proof = signed("event-1", body, (secret,), at=datetime.now(UTC) - timedelta(seconds=ago))
        return httpx.post(self.url, content=body, headers=proof | headers, trust_env=False)


@pytest.fixture
def desk() -> Iterator[Desk]:
    said: list[str] = []
    with Listening(SECRET, said.append, verbose=True).server(0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Desk(f"http://127.0.0.1:{server.server_port}/", said)
        server.shutdown()
        thread.join()


def test_what_is_ours_is_printed_and_answered_204(desk: Desk) -> None:
    assert desk.send().status_code == 204
    line, body = desk.said
    assert line.endswith("order.placed  orders/1  event-1")
    assert json.loads(body) == json.loads(BODY)


@pytest.mark.parametrize(("secret", "ago", "why"), [(OTHER, 0, "no signature"), (SECRET, 301, "5 minutes away")])
def test_what_is_not_is_said_and_answered_401(desk: Desk, secret: bytes, ago: float, why: str) -> None:
    assert desk.send(secret=secret, ago=ago).status_code == 401
    (line,) = desk.said
    assert "refused" in line
    assert why in line


def test_a_body_cannot_play_with_the_terminal(desk: Desk) -> None:
    desk.send(b'{"type": "\\u001b[2J", "subject": "a\\nb"}')
    desk.send(b"\x1b[2J\xff")
    assert not [text for text in desk.said if "\x1b" in text or "\xff" in text]
    assert len(desk.said) == 4


def test_what_is_no_webhook_is_refused(desk: Desk) -> None:
    assert httpx.get(desk.url, trust_env=False).status_code == 405
    assert httpx.post(desk.url, content=iter([b"chunked"]), trust_env=False).status_code == 411
    connection = HTTPConnection("127.0.0.1", int(desk.url.rpartition(":")[2].rstrip("/")))
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(MOST + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    assert httpx.post(desk.url, content=b"{}", trust_env=False).status_code == 401
    assert len(desk.said) == 4


@pytest.mark.parametrize("secret", ["", "mine", "whsec_?"])
def test_a_secret_that_is_none_is_told(secret: str) -> None:
    told = CliRunner().invoke(cli, ["webhooks", "listen", "--secret", secret, "--port", "0"])
    assert told.exit_code == 2
    assert "whsec_" in told.output


async def test_reseal_goes_over_every_organization(database: Database) -> None:
    old, new = b"o" * 32, b"n" * 32
    before, both, after = (SealedSecrets(AesGcmSealing(keys)) for keys in ([old], [new, old], [new]))
    pool = TenantPool.to(database.dsn, Pooler.NONE, size=2)
    begin = PostgresBegin(pool, SystemClock(), new_id)
    made = []
    for _ in range(2):
        slug = f"reseal-{new_id().hex}"
        signed_up = await SignUpHandler(begin, new_id, PASSWORDS)(
            SignUp(
                request_id="request-1",
                name="House",
                slug=slug,
                currency=Currency("EUR"),
                sandbox=False,
                owner_email="o@example.com",
                owner_name="O",
                password=NewPassword(PASSWORD),
            )
        )
        owner = Principal(PrincipalKind.USER, id=signed_up.member.id, role="owner")
        caller = Caller(organization=signed_up.organization.id, principal=owner, request_id="request-1")
        create = CreateEndpointHandler(begin, new_id, before, TargetRules())
        wish = CreateEndpoint(caller=caller, url="https://hooks.example.com")
        made += [(caller, await create(wish)) for _ in range(3)]
    ours = {one.endpoint.id for _, one in made}
    assert ours <= {*(await reseal(database.dsn, Pooler.NONE, after)).lost}
    resealed = await reseal(database.dsn, Pooler.NONE, both)
    assert resealed.done >= len(made)
    assert not ours & {*resealed.lost}
    for caller, one in made:
        async with begin(caller) as work:
            endpoint = await work.endpoints.get(one.endpoint.id)
        assert after.unseal(endpoint.secret, caller.organization, endpoint.id) == parsed_secret(one.secret)
        with pytest.raises(Unsealable):
            before.unseal(endpoint.secret, caller.organization, endpoint.id)
    assert shown(parsed_secret(made[0][1].secret)) == made[0][1].secret
    await pool.close()
