"""What the README says of swapping an adapter, done."""

from datetime import UTC, datetime
from pathlib import Path

from dishka import Provider, Scope

from application.identity.sign_up import SignedUp, SignUp
from application.shared.answering import Answering
from application.shared.ports import Clock
from domain.identity.passwords import NewPassword
from domain.shared.money import Currency
from entrypoints.container import container_of
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.limits import SIMULATED

NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)
TEA_HOUSE = SignUp(
    request_id="swapping",
    name="Tea House",
    slug="tea-house",
    currency=Currency("EUR"),
    sandbox=False,
    owner_email="owner@example.com",
    owner_name="Owner",
    password=NewPassword("a passphrase for a test"),
)


class StoppedClock:
    def now(self) -> datetime:
        return NEW_YEAR


async def test_a_use_case_takes_what_the_test_provides(tmp_path: Path) -> None:
    files = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path).items()}
    settings = Settings.read({**files, **SIMULATED})

    stopped = Provider(scope=Scope.APP)
    stopped.provide(StoppedClock, provides=Clock, override=True)
    container = container_of(settings, stopped, store="memory")

    sign_up = await container.get(Answering[SignUp, SignedUp])
    signed = await sign_up(TEA_HOUSE)

    assert signed.organization.created_at == NEW_YEAR
    await container.close()
