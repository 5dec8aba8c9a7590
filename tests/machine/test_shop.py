"""Orders, stock, money, time, whatever is done with them: memory and the service agree with one model at every step."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.driver import Driver
from tests.machine.in_memory import InMemory
from tests.machine.over_http import OverHttp
from tests.machine.paying_shop import PayingShop
from tests.trials import trials


def agree(open_shop: Callable[[], Driver], examples: int) -> None:
    """Raises: AssertionError, with the shortest way to where model and driver part."""
    often = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(lambda: PayingShop(open_shop), settings=often)


def test_the_memory_store_agrees_with_the_model() -> None:
    agree(InMemory, trials(1_000, 12))


def test_the_service_agrees_with_the_model(over_http: Callable[[], OverHttp]) -> None:
    agree(over_http, trials(100, 3))
