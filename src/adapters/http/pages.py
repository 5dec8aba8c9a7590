"""Pages for people: nothing from outside, no script or style in the page itself, and a policy that says so."""

from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any, Final

from litestar import Response

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>$title · Orderwright</title>
  <link rel="icon" type="image/svg+xml" href="/docs/favicon.svg">
  $head
</head>
<body>$body</body>
</html>
""")


def page(title: str, content: str, headers: Mapping[str, str]) -> Response[Any]:
    """Answer with a page to read; `content` is HTML that is safe already."""
    body = f"\n<main>\n<h1>{escape(title)}</h1>{content}\n</main>\n"
    return html(title, '<link rel="stylesheet" href="/docs/pages.css">', body, headers)


def html(title: str, head: str, body: str, headers: Mapping[str, str], policy: str = POLICY) -> Response[Any]:
    whole = _PAGE.substitute(title=escape(title), head=head, body=body)
    return Response(whole.encode(), media_type="text/html", headers={**headers, "Content-Security-Policy": policy})
