"""Nothing of the demo's page may come from elsewhere, and no page elsewhere may ask its server."""

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from image_compressor.errors import InputError


class Guard:
    """Middleware that adds headers to every answer, and refuses what other sites' pages ask.

    Plain ASGI: below Starlette's BaseHTTPMiddleware no request knows that its client is gone.
    """

    def __init__(self, app: ASGIApp, page: str):
        self.app = app
        self.headers = {
            "Content-Security-Policy": _policy(page),
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",  # another codec may be served here next
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        app = self.app
        if scope["type"] == "http" and _elsewhere(scope):
            error = InputError(
                "a question of its own page", "one of another site", "Open the demo."
            )
            app = JSONResponse({"error": str(error)}, 403)
        await app(scope, receive, send_with_headers)


def _elsewhere(scope):
    """Tells whether another page asks, other than by a link; another port is another page."""
    headers = Headers(scope=scope)
    link = scope["method"] == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"
    site = headers.get("Sec-Fetch-Site", "none")  # browsers say it; "none": the address was typed
    origin = headers.get("Origin", f"http://{headers.get('Host')}")
    own = site in ("same-origin", "none") and origin == f"http://{headers.get('Host')}"
    return not own and not link


def _policy(page):
    """Content-Security-Policy: nothing from elsewhere; inline only the page's import map."""
    (inline,) = re.findall(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
