"""How often and how tests try: hypothesis profiles by surroundings, and `--thorough` for everything in full."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.trials import trials
from tests.walls import take_the_filter_away


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="every race and property in full (see tests/trials.py)")
    parser.addoption("--without-wall", action="append", default=[], choices=["1", "2"], help="see tests/walls.py")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--thorough"):
        os.environ["ORDERWRIGHT_THOROUGH"] = "1"
    if "1" in config.getoption("--without-wall"):
        take_the_filter_away()
    examples = trials(500, 50)
    settings.register_profile("dev", deadline=None, max_examples=examples)
    settings.register_profile("ci", deadline=None, max_examples=examples, derandomize=True)
    settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Planted faults run the suite many times over: they belong to a thorough run alone. Fuzzing is a check of its own
    (entrypoints/checking.py): it runs only where it is asked for by name.
    """
    alone = os.environ.get("ORDERWRIGHT_THOROUGH") != "1"
    if collection_path.name == "planted":
        return True if alone else None
    named = any("fuzzing" in argument for argument in config.invocation_params.args)
    return True if collection_path.name == "fuzzing" and not named else None
