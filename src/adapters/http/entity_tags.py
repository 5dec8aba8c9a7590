"""Entity tags as clients send them (RFC 9110, section 8.8.3): the version they mean, and the versions they have."""

import re
from typing import Final

_VERSION: Final = re.compile(r'"([1-9][0-9]{0,9})"')
_TAGS: Final = re.compile(r'[ \t,]*(?:W/)?"[!#-~\x80-\xff]*"[ \t]*(?:,[ \t]*(?:(?:W/)?"[!#-~\x80-\xff]*"[ \t]*)?)*')
_TAG: Final = re.compile(r'"[!#-~\x80-\xff]*"')
"""Entity tags, and lists of them (section 5.6.1: a list may have empty members)."""


def version_of(if_match: bytes) -> int | None:
    """Return the one version that is meant, None for what is not one strong tag of ours."""
    version = _VERSION.fullmatch(if_match.decode("latin-1").strip(" \t"))
    return int(version[1]) if version else None


def tags_of(if_none_match: bytes) -> frozenset[str]:
    """Return the tags of what the client has. What is no list of tags names none: the answer then comes whole, as it
    would without the header, which only ever spares bytes.
    """
    said = if_none_match.decode("latin-1").strip(" \t")
    if said == "*":
        return frozenset("*")
    return frozenset(_TAG.findall(said)) if _TAGS.fullmatch(said) else frozenset()
