"""What a client prefers (RFC 7240): one preference is known, and it is never mistaken."""

import re
from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.http.preferences import Unclear, prefers_dry_run
from tests.trials import trials

ASKED = [
    "dry-run",
    "Dry-Run",
    "  dry-run\t",
    "dry-run,",
    ", ,dry-run",
    "dry-run;",
    "dry-run ; ",
    'dry-run=""',
    "dry-run=",
    "dry-run = ",
    "respond-async, dry-run",
    "dry-run,dry-run",
    'foo="a, b"; bar, dry-run, wait=10',
    'return=minimal;x="\\"",dry-run',
]
OVERLOOKED = [
    "",
    "respond-async",
    "return=representation; wait=100",
    "no list of anything ( at all",
    'x="dry-run"',
    'x="a, dry-run, b"',
    'x="\\", dry-run"',
    "x=dry-run",
    "x; y=dry-run",
    "dry-runs",
    "a-dry-run",
    "dryrun",
]
UNCLEAR = [
    "dry-run=true",
    "dry-run=false",
    'dry-run="no"',
    "dry-run; x",
    "respond-async; dry-run",
    "x; dry-run=1",
    "dry-run dry-run",
    "dry-run respond-async",
    'dry-run, "',
    'dry-run; x="',
    "dry-run=(",
    "@, dry-run",
    "dry-run\x00",
    "dry-run=1, dry-run",
]


@pytest.mark.parametrize("prefer", ASKED)
def test_a_rehearsal_is_asked_for(prefer: str) -> None:
    assert prefers_dry_run(prefer.encode("latin-1"))


@pytest.mark.parametrize("prefer", OVERLOOKED)
def test_other_preferences_are_overlooked(prefer: str) -> None:
    assert not prefers_dry_run(prefer.encode("latin-1"))


@pytest.mark.parametrize("prefer", UNCLEAR)
def test_what_only_looks_like_it_is_neither(prefer: str) -> None:
    with pytest.raises(Unclear):
        prefers_dry_run(prefer.encode("latin-1"))


@settings(max_examples=trials(2000))
@given(st.text('dry-run,;= \t"\\x', max_size=40) | st.text(st.characters(max_codepoint=255), max_size=40))
def test_what_asks_says_so_outside_of_any_quotes(prefer: str) -> None:
    """Whatever else is sent: who never says the words never rehearses, and what remains of a rehearsal is its name."""
    try:
        asked = prefers_dry_run(prefer.encode("latin-1"))
    except Unclear:
        assert "dry-run" in prefer.lower()
        return
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", prefer.lower())
    parts = [part.strip(" \t;=") for part in bare.split(",")] if "dry-run" in prefer.lower() else []
    assert asked == ("dry-run" in parts)


@pytest.mark.parametrize("part", ["; ", ";  x=y", "a ", "=", '"', " ;\t", "a=;", ",", 'x="\\"', "\\"])
def test_the_longest_header_is_read_at_once(part: str) -> None:
    long = ("dry-run" + part * 6000)[:16_000].encode()
    began = perf_counter()
    with suppress(Unclear):
        prefers_dry_run(long)
    assert perf_counter() - began < 1
