"""Orders, stock and time, whatever is done with them: memory and the service agree with one model at every step."""

from collections.abc import Callable
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.driver import Driver
from tests.machine.in_memory import InMemory
from tests.machine.over_http import OverHttp
from tests.machine.shop import Shop
from tests.postgres import Database
from tests.service.served import Served
from tests.trials import trials


def agree(open_shop: Callable[[], Driver], examples: int) -> None:
    """Raises: AssertionError, with the shortest way to where model and driver part."""
    often = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(lambda: Shop(open_shop), settings=often)


def test_the_memory_store_agrees_with_the_model() -> None:
    agree(InMemory, trials(1_000, 12))


def test_the_service_agrees_with_the_model(served: Served, database: Database) -> None:
    agree(partial(OverHttp, served.url, database.dsn), trials(100, 3))
