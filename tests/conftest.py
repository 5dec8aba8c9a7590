"""How often and how tests try: hypothesis profiles by surroundings, and `--thorough` for everything in full."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.trials import trials


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="every race and property in full (see tests/trials.py)")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--thorough"):
        os.environ["ORDERWRIGHT_THOROUGH"] = "1"
    examples = trials(500, 50)
    settings.register_profile("dev", deadline=None, max_examples=examples)
    settings.register_profile("ci", deadline=None, max_examples=examples, derandomize=True)
    settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Planted faults run the suite many times over: they belong to a thorough run alone."""
    alone = os.environ.get("ORDERWRIGHT_THOROUGH") != "1"
    return True if alone and collection_path.name == "planted" else None
