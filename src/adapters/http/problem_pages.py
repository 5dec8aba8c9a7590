"""Where the `type` of every problem leads: the registry explained, HTML for a browser, JSON otherwise."""

import json
import re
from collections.abc import Iterable
from html import escape
from string import Template
from typing import Any, Final

from dishka import FromDishka
from litestar import Response, Router, get
from litestar.params import FromPath

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import plain
from adapters.http.fields import Answer
from adapters.http.injection import inject
from adapters.http.options import HttpOptions
from adapters.http.pages import page
from adapters.http.problem_examples import example_of
from adapters.http.problem_types import REGISTRY, ProblemType
from adapters.http.problems import Rejected, url_of

_HEADERS: Final = {"Cache-Control": "public, max-age=300", "Vary": "Accept"}


class ProblemTypeBody(Answer):
    """A kind of problem: what it means, what brings it about, what to do, and one that is whole. `members` extend its
    body beyond RFC 9457.
    """

    type: str
    slug: str
    title: str
    status: int
    meaning: str
    cause: str
    remedy: str
    members: list[str]
    example: dict[str, Any]


class ProblemTypesBody(Answer):
    problems: list[ProblemTypeBody]


@get("/", operation_id="listProblems", also={"text/html": "The same for people."})
@inject
async def list_problems(request: AdmittedRequest, options: FromDishka[HttpOptions]) -> Response[ProblemTypesBody]:
    """Read every problem type."""
    if _wants_html(request):
        return page("Problems", _sections(REGISTRY.values(), options.public_url), _HEADERS)
    body = ProblemTypesBody(problems=[_body(kind, options.public_url) for kind in REGISTRY.values()])
    return plain(body, headers=_HEADERS)


@get("/{slug:str}", operation_id="getProblem", problems=("resource-not-found",), also={"text/html": "For people."})
@inject
async def get_problem(
    request: AdmittedRequest, slug: FromPath[str], options: FromDishka[HttpOptions]
) -> Response[ProblemTypeBody]:
    """Read what one problem type means, what brings it about, and what to do."""
    kind = REGISTRY.get(slug)
    if kind is None:
        raise Rejected("resource-not-found", "There is no problem of this name.", resource="problem", id=slug)
    if _wants_html(request):
        return page(kind.title, _sections([kind], options.public_url), _HEADERS)
    return plain(_body(kind, options.public_url), headers=_HEADERS)


def _wants_html(request: AdmittedRequest) -> bool:
    """Browsers name text/html first; everything else gets data."""
    return bool(request.headers.get("accept", "").lstrip().startswith("text/html"))


def _body(kind: ProblemType, public_url: str) -> ProblemTypeBody:
    return ProblemTypeBody(
        type=url_of(kind, public_url),
        slug=kind.slug,
        title=kind.title,
        status=kind.status,
        meaning=kind.meaning,
        cause=kind.cause,
        remedy=kind.remedy,
        members=list(kind.members),
        example=example_of(kind, public_url),
    )


_SECTION: Final = Template("""
<section id="$slug">
  <h2><a href="/problems/$slug"><code>$slug</code></a> <small>$status</small></h2>
  <p><strong>$title.</strong> $meaning</p>
  <p><em>Cause:</em> $cause</p>
  <p><em>What to do:</em> $remedy</p>
  <pre><code>$example</code></pre>
</section>""")


def _sections(kinds: Iterable[ProblemType], public_url: str) -> str:
    return "".join(
        _SECTION.substitute(
            {name: _marked(str(getattr(kind, name))) for name in ProblemType.__slots__},
            example=escape(json.dumps(example_of(kind, public_url), indent=2, ensure_ascii=False)),
        )
        for kind in kinds
    )


def _marked(text: str) -> str:
    """Return the text as HTML, what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


PROBLEMS: Final[Any] = Router("/problems", route_handlers=[list_problems, get_problem], tags=["Operations"])
