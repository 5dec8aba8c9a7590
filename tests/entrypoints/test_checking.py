"""`check` says that all is well when every command ends as it should, be that green or red."""

import sys

import pytest

from entrypoints import checking
from entrypoints.checking import CHECKS, TESTS_FAILED, Check


def ending_with(code: int, *, well: int = 0) -> Check:
    return Check("planted", (sys.executable, "-c", f"print('seen'); raise SystemExit({code})"), "mend it", well)


@pytest.mark.parametrize(
    ("check", "well"),
    [
        (ending_with(0), True),
        (ending_with(1), False),
        (ending_with(TESTS_FAILED, well=TESTS_FAILED), True),
        (ending_with(0, well=TESTS_FAILED), False),  # green where it must be red: a check that cannot fail
        (ending_with(2, well=TESTS_FAILED), False),  # interrupted
        (ending_with(3, well=TESTS_FAILED), False),  # it could not even begin
        (ending_with(5, well=TESTS_FAILED), False),  # no tests
    ],
)
def test_a_command_that_ends_otherwise_is_shown_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], check: Check, well: bool
) -> None:
    monkeypatch.setattr(checking, "CHECKS", (check,))
    assert checking.check(test=False, thorough=False) == (0 if well else 1)
    said = capsys.readouterr().out
    assert ("All is well." in said) == well
    assert ("seen" in said) == ("planted: mend it" in said) == (not well)


def test_only_the_run_without_walls_is_to_be_red() -> None:
    assert [check.name for check in CHECKS if check.well != 0] == ["red without tenant walls"]


def test_a_thorough_run_fuzzes_in_full() -> None:
    (fuzzing,) = (check for check in CHECKS if check.name == "schemathesis")
    assert "--thorough" not in fuzzing.command
    assert fuzzing.in_full().command == (*fuzzing.command, "--thorough")
