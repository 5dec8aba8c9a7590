"""OpenAPI 3.0 brought to 3.1: what its dialect of JSON Schema says, in the words of 2020-12.

Source: the OpenAPI Initiative's guide to 3.1, and section 4.7.24 of OpenAPI 3.0.3 for what the words meant.
"""

from collections.abc import Mapping
from typing import Final

from domain.generation.contract import Json
from domain.generation.intake.documents import as_list, as_mapping, with_schemas

NULL: Final[Mapping[str, Json]] = {"type": "null"}

_NOTES: Final = ("description", "title", "readOnly", "writeOnly")


def upgraded(document: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the document in 3.1; one that is already is returned as it stands."""
    if not str(document.get("openapi", "")).startswith("3.0"):
        return document
    return {**as_mapping(with_schemas(document, _upgraded)), "openapi": "3.1.0"}


def _upgraded(schema: Mapping[str, Json]) -> Json:
    if "$ref" in schema:
        kept = {key: value for key, value in schema.items() if key.startswith("x-orderwright-")}
        return {"$ref": schema["$ref"], **kept}  # whatever else stood beside it was overlooked (3.0.3, 4.7.23)
    said = dict(schema)
    _exclusive(said, "minimum", "exclusiveMinimum")
    _exclusive(said, "maximum", "exclusiveMaximum")
    if "example" in said:
        said["examples"] = (said.pop("example"),)
    return _nullable(said) if said.pop("nullable", False) is True else said


def _exclusive(schema: dict[str, Json], bound: str, exclusive: str) -> None:
    """`exclusiveMinimum: true` beside `minimum: 3` is `exclusiveMinimum: 3`."""
    if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) is True and bound in schema:
        schema[exclusive] = schema.pop(bound)


def _nullable(schema: dict[str, Json]) -> Json:
    if "enum" in schema and None not in as_list(schema["enum"]):
        schema["enum"] = (*as_list(schema["enum"]), None)
    if "type" in schema:
        return {**schema, "type": (schema["type"], "null")}
    notes: dict[str, Json] = {key: schema.pop(key) for key in _NOTES if key in schema}
    return {"anyOf": (schema, NULL), **notes} if schema else notes
