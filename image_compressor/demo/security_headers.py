"""Restricts the demo's page to its own resources, and its server to requests of that page."""

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from image_compressor.errors import InputError


class Guard:
    """Middleware that adds headers to every response, and refuses requests of other sites' pages.

    It is plain ASGI: under Starlette's BaseHTTPMiddleware, requests do not notice that their
    client has disconnected.
    """

    def __init__(self, app: ASGIApp, page: str):
        self.app = app
        self.headers = {
            "Content-Security-Policy": _policy(page),
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",  # the next run may serve another codec at this address
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        app = self.app
        if scope["type"] == "http" and _elsewhere(scope):
            error = InputError("a request of the demo's page", "one of another site", "Open it.")
            app = JSONResponse({"error": str(error)}, 403)
        await app(scope, receive, send_with_headers)


def _elsewhere(scope):
    """Whether the request is of another page (or port), other than by following a link."""
    headers = Headers(scope=scope)
    link = scope["method"] == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"
    site = headers.get("Sec-Fetch-Site", "none")  # set by browsers; "none" if typed by the user
    origin = headers.get("Origin", f"http://{headers.get('Host')}")
    own = site in ("same-origin", "none") and origin == f"http://{headers.get('Host')}"
    return not own and not link


def _policy(page):
    """The Content-Security-Policy: only local resources, and inline only the page's import map."""
    (inline,) = re.findall(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
