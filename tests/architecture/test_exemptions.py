"""What schemathesis may overlook is what was decided, and no more."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import yaml
from schemathesis.config import ChecksConfig

ROOT: Final = Path(__file__).resolve().parents[2]
USUAL: Final = ChecksConfig()


def _contract() -> Any:
    return yaml.safe_load((ROOT / "contracts/orderwright.openapi.yaml").read_text(encoding="utf-8"))


def _with_a_cursor() -> list[str]:
    return sorted(
        operation["operationId"]
        for item in _contract()["paths"].values()
        for operation in item.values()
        if any(parameter["name"] == "cursor" for parameter in operation["parameters"])
    )


def test_the_exemptions_are_those_that_were_decided() -> None:
    accepted = sorted([*USUAL.positive_data_acceptance.expected_statuses, "402", "412", "422", "428"])
    assert tomllib.loads((ROOT / "schemathesis.toml").read_text(encoding="utf-8")) == {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": accepted},
            "missing_required_header": {
                "expected-statuses": sorted([*USUAL.missing_required_header.expected_statuses, "428"])
            },
        },
        "operations": [
            {
                "include-operation-id": _with_a_cursor(),
                "checks": {"positive_data_acceptance": {"expected-statuses": sorted([*accepted, "400"])}},
            },
            {"include-path-regex": r"^/v1/products/\{id\}", "checks": {"use_after_free": {"enabled": False}}},
        ],
    }


def test_only_one_route_deletes_what_can_be_read_afterwards() -> None:
    """The last exemption covers whatever lies under a product: there, nothing else is deleted."""
    paths = [path for path, item in _contract()["paths"].items() if "delete" in item]
    assert [path for path in paths if re.match(r"^/v1/products/\{id\}", path)] in ([], ["/v1/products/{id}"])
