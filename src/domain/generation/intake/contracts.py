"""A document of OpenAPI 3.1, all of whose references lead somewhere in it, read as a contract."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.generation.contract import (
    Contract,
    Json,
    Media,
    Method,
    Operation,
    Parameter,
    Place,
    Response,
    Schema,
    SecurityScheme,
)
from domain.generation.intake.documents import as_list, as_mapping, as_text, at, step, texts
from domain.generation.origin import Origin, Source

SCHEMAS: Final = "#/components/schemas/"

HINT: Final = "x-orderwright-"


@dataclass(frozen=True, slots=True)
class ContractReading:
    """Reads one document. `lines`: the line of each pointer, where it is known."""

    document: Mapping[str, Json]
    lines: Mapping[str, int]

    def contract(self) -> Contract:
        """Return the contract. The document was found valid before: nothing is checked again."""
        info = as_mapping(self.document.get("info"))
        components = as_mapping(self.document.get("components"))
        return Contract(
            title=as_text(info.get("title")),
            version=str(info.get("version", "")),
            description=as_text(info.get("description")),
            operations=tuple(self._operations()),
            schemas={
                name: Schema(origin=self.origin(f"/components/schemas/{step(name)}"), body=body, name=name)
                for name, body in as_mapping(components.get("schemas")).items()
            },
            security_schemes={
                name: self._security_scheme(name, as_mapping(scheme))
                for name, scheme in as_mapping(components.get("securitySchemes")).items()
            },
            hints=hints(self.document),
            document=self.document,
        )

    def origin(self, pointer: str) -> Origin:
        return origin_in(self.lines, pointer)

    def _operations(self) -> Iterator[Operation]:
        for path, item in as_mapping(self.document.get("paths")).items():
            for method in Method:
                if method.value in (said := as_mapping(item)):
                    pointer = f"/paths/{step(path)}/{method.value}"
                    yield self._operation(path, method, said, as_mapping(said[method.value]), pointer)

    def _operation(
        self, path: str, method: Method, item: Mapping[str, Json], said: Mapping[str, Json], pointer: str
    ) -> Operation:
        body, body_at = self._resolved(said.get("requestBody"), f"{pointer}/requestBody")
        security = said.get("security", self.document.get("security", ()))
        return Operation(
            origin=self.origin(pointer),
            id=as_text(said.get("operationId")) or _made_id(method, path),
            method=method,
            path=path,
            summary=as_text(said.get("summary")),
            description=as_text(said.get("description")),
            tags=texts(said.get("tags")),
            parameters=self._parameters(item, said, pointer),
            body=tuple(self._media(body.get("content"), f"{body_at}/content")),
            body_required=body.get("required") is True,
            responses=tuple(self._responses(said, pointer)),
            security=tuple(tuple(as_mapping(each)) for each in as_list(security)),
            hints=hints(said) or None,
        )

    def _parameters(self, item: Mapping[str, Json], said: Mapping[str, Json], pointer: str) -> tuple[Parameter, ...]:
        """The path's, then the operation's: of two with the same name and place the operation's counts."""
        around = pointer.rpartition("/")[0]
        found = {}
        for owner, place in ((item, around), (said, pointer)):
            for index, each in enumerate(as_list(owner.get("parameters"))):
                parameter = self._parameter(each, f"{place}/parameters/{index}")
                found[parameter.name, parameter.place] = parameter
        return tuple(found.values())

    def _parameter(self, value: Json, pointer: str) -> Parameter:
        said, place = self._resolved(value, pointer)
        media = next(self._media(said.get("content"), f"{place}/content"), None)
        where = Place(as_text(said.get("in")))
        style = as_text(said.get("style")) or ("form" if where in {Place.QUERY, Place.COOKIE} else "simple")
        return Parameter(
            origin=self.origin(pointer),
            name=as_text(said.get("name")),
            place=where,
            required=said.get("required") is True,
            schema=self._schema(said.get("schema"), f"{place}/schema") or (media.schema if media else None),
            description=as_text(said.get("description")),
            style=style,
            explode=said.get("explode", style == "form") is True,
            examples=_examples(said),
        )

    def _responses(self, said: Mapping[str, Json], pointer: str) -> Iterator[Response]:
        for status, value in as_mapping(said.get("responses")).items():
            response, place = self._resolved(value, f"{pointer}/responses/{step(status)}")
            yield Response(
                origin=self.origin(f"{pointer}/responses/{step(status)}"),
                status=status,
                description=as_text(response.get("description")),
                media=tuple(self._media(response.get("content"), f"{place}/content")),
                headers=tuple(as_mapping(response.get("headers"))),
            )

    def _media(self, content: Json, pointer: str) -> Iterator[Media]:
        for media_type, value in as_mapping(content).items():
            place = f"{pointer}/{step(media_type)}"
            said = as_mapping(value)
            yield Media(
                origin=self.origin(place),
                type=media_type,
                schema=self._schema(said.get("schema"), f"{place}/schema"),
                examples=_examples(said),
            )

    def _schema(self, value: Json, pointer: str) -> Schema | None:
        if value is None:
            return None
        target = as_text(as_mapping(value).get("$ref"))
        name = target.removeprefix(SCHEMAS) if target.startswith(SCHEMAS) else None
        return Schema(origin=self.origin(pointer), body=value, name=name)

    def _security_scheme(self, name: str, said: Mapping[str, Json]) -> SecurityScheme:
        flows = as_mapping(said.get("flows")).values()
        place = as_text(said.get("in"))
        return SecurityScheme(
            origin=self.origin(f"/components/securitySchemes/{step(name)}"),
            name=name,
            type=as_text(said.get("type")),
            scheme=as_text(said.get("scheme")).lower(),
            parameter=as_text(said.get("name")),
            place=Place(place) if place else None,
            scopes=tuple(
                dict.fromkeys(scope for flow in flows for scope in as_mapping(as_mapping(flow).get("scopes")))
            ),
        )

    def _resolved(self, value: Json, pointer: str) -> tuple[Mapping[str, Json], str]:
        """Return the object that a reference leads to, and where it stands."""
        said = as_mapping(value)
        while isinstance(target := said.get("$ref"), str):
            pointer = target.removeprefix("#")
            said = as_mapping(at(self.document, pointer))
        return said, pointer


def origin_in(lines: Mapping[str, int], pointer: str) -> Origin:
    """Return the place of a pointer, on the line of the nearest thing around it that the paper has."""
    nearest = pointer
    while nearest not in lines and nearest:
        nearest = nearest.rpartition("/")[0]
    return Origin(Source.CONTRACT, pointer, lines.get(nearest, 0))


def hints(said: Mapping[str, Json]) -> dict[str, Json]:
    """Return the hints that stand on something, by their names."""
    return {key: value for key, value in said.items() if key.startswith(HINT)}


def _examples(said: Mapping[str, Json]) -> tuple[Json, ...]:
    single = (said["example"],) if "example" in said else ()
    named = (as_mapping(each) for each in as_mapping(said.get("examples")).values())
    return (*single, *(each["value"] for each in named if "value" in each))


def _made_id(method: Method, path: str) -> str:
    """`get /pets/{petId}/toys` is `getPetsPetIdToys`."""
    words = re.findall(r"[A-Za-z0-9]+", path)
    return method.value + "".join(word[:1].upper() + word[1:] for word in words)
