"""The contract to read and to try: the file itself, the same as JSON, and Swagger UI from our own disk."""

from asyncio import to_thread
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from litestar import Response, Router, get
from litestar.params import FromPath

from adapters.http.contract import contract, contract_yaml
from adapters.http.pages import POLICY, html
from adapters.http.problems import Rejected

_HERE: Final = Path(__file__).parent / "assets"

_ASSETS: Final = {
    "docs.js": ("docs.js", "text/javascript"),
    "pages.css": ("pages.css", "text/css"),
    "favicon.svg": ("favicon.svg", "image/svg+xml; charset=utf-8"),
    "swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    "swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css"),
    "LICENSE": ("swagger-ui/LICENSE", "text/plain"),
}
"""What can be had under /docs/, where it lies, and what it is. Nothing else on the disk can be asked for."""

_CACHED: Final = {"Cache-Control": "public, max-age=3600"}

_HEAD: Final = """<link rel="stylesheet" href="/docs/swagger-ui.css">
  <script src="/docs/swagger-ui-bundle.js" defer></script>
  <script src="/docs/docs.js" defer></script>"""


@get("/openapi.json", operation_id="getOpenapi")
async def get_openapi() -> Response[dict[str, Any]]:
    """Read this contract."""
    return Response(await to_thread(contract), headers=_CACHED)


@get("/openapi.yaml", operation_id="getOpenapiYaml", also={"application/yaml": "OpenAPI 3.1 (RFC 9512)."})
async def get_openapi_yaml() -> Response[Any]:
    """Read this contract as YAML."""
    return Response(await to_thread(contract_yaml), media_type="application/yaml", headers=_CACHED)


@get("/docs", operation_id="getDocs", also={"text/html": "Swagger UI over this contract."})
async def get_docs() -> Response[Any]:
    """Browse this contract and try it."""
    return html("API", _HEAD, '<div id="docs"></div>', _CACHED, _SWAGGER_POLICY)


@get(
    "/docs/{name:str}",
    operation_id="getDocsAsset",
    problems=("resource-not-found",),
    also={"*/*": "The file."},
    sends=("ETag",),
)
async def get_docs_asset(name: FromPath[str]) -> Response[Any]:
    """Read a file that the pages need."""
    if name not in _ASSETS:
        raise Rejected("resource-not-found", "There is no such file.", resource="file", id=name)
    content, tag = _loaded(name)
    return Response(content, media_type=_ASSETS[name][1], headers={**_CACHED, "ETag": tag})


@cache
def _loaded(name: str) -> tuple[bytes, str]:
    content = (_HERE / _ASSETS[name][0]).read_bytes()
    return content, f'"{sha256(content).hexdigest()[:32]}"'


_SWAGGER_POLICY: Final = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""Swagger UI writes style attributes."""

DOCS: Final = Router("/", route_handlers=[get_openapi, get_openapi_yaml, get_docs, get_docs_asset], tags=["Operations"])
