"""`./orderwright openapi`: what the application says, what differs from the contract, and how it is taken over."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from entrypoints.cli import cli
from entrypoints.contract_keeping import CONTRACT, committed, write


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The contract under a comment, with one thing that the application does not say."""
    copy = tmp_path / "contract.yaml"
    copy.write_text("# Kept by hand.\n# Read it.\n", encoding="utf-8")
    contract = committed()
    contract["paths"]["/v1/orders"]["post"]["summary"] = "Order at once"
    write(contract, copy)
    return copy


def test_the_application_is_told_like_a_contract() -> None:
    whole = CliRunner().invoke(cli, ["openapi"])
    assert whole.exit_code == 0
    assert yaml.safe_load(whole.output)["openapi"].startswith("3.1")
    one = CliRunner().invoke(cli, ["openapi", "--operation", "placeOrder"])
    assert [*yaml.safe_load(one.output)["paths"]] == ["/v1/orders"]
    assert CliRunner().invoke(cli, ["openapi", "--operation", "placeNothing"]).exit_code == 1


def test_what_is_taken_over_is_told_and_the_rest_stays(copy: Path) -> None:
    taken = CliRunner().invoke(cli, ["openapi", "--into", str(copy)])
    assert taken.exit_code == 0
    assert taken.output.splitlines() == [
        '/paths/~1v1~1orders/post/summary: the contract says "Order at once", the application "Place an order"'
    ]
    assert copy.read_text(encoding="utf-8").startswith("# Kept by hand.\n# Read it.\n")
    assert committed(copy) == committed(CONTRACT)


def test_an_example_without_a_place_keeps_everything_as_it_is(copy: Path) -> None:
    contract = committed(copy)
    contract["paths"]["/v1/orders"]["post"]["responses"]["299"] = {
        "content": {"text/plain": {"schema": {}, "examples": {"lost": {"value": ""}}}}
    }
    write(contract, copy)
    before = copy.read_text(encoding="utf-8")
    assert CliRunner().invoke(cli, ["openapi", "--into", str(copy)]).exit_code == 1
    assert copy.read_text(encoding="utf-8") == before


def test_the_check_is_silent_where_all_is_well() -> None:
    checked = CliRunner().invoke(cli, ["openapi", "--check"])
    assert (checked.exit_code, checked.output) == (0, "")
