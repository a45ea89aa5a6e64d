"""The demo's routes, and the server that has them, on loopback."""

import base64
import hashlib
import re
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from image_compressor.codec.codec import Codec
from image_compressor.codec.networks import DECODER
from image_compressor.codec.tables import TABLES
from image_compressor.demo import answers
from image_compressor.errors import InputError
from image_compressor.web import assets

HOST = "127.0.0.1"
LARGEST = 50 * 2**20  # bytes of a request
FILES = Path(__file__).parent / "page"


def application(
    codec: Codec, directory: Path, name: str, samples: Sequence[bytes] = ()
) -> Starlette:
    """The demo of a codec.

    Args:
        directory: of the codec's files: the browser decodes with them.
        name: of the codec, for the page.
        samples: PNG files to try.
    """
    Image.MAX_IMAGE_PIXELS = None  # `codec.decoding` has a limit of its own
    page = (FILES / "page.html").read_text("utf-8")
    page = page.replace("<!-- decode.html -->", assets.read("decode.html"))
    facts = {**answers.facts(codec, name), "samples": len(samples), "largest": LARGEST}

    def post(path: str, answer: Callable[..., dict], **kinds: type) -> BaseRoute:
        """`answer` to (the codec, the body, what the query names)."""

        async def respond(request: Request) -> Response:
            options = _options(request, kinds)
            body = await _body(request)
            return JSONResponse(await run_in_threadpool(answer, codec, body, **options))

        return Route(path, respond, methods=["POST"])

    def get(path: str, response: Callable[[], Response]) -> BaseRoute:
        return Route(path, lambda request: response())

    def sample(number: int, content: bytes) -> BaseRoute:
        return get(f"/samples/{number}", lambda: Response(content, media_type="image/png"))

    return Starlette(
        routes=[
            get("/", lambda: HTMLResponse(page)),
            get("/codec", lambda: JSONResponse(facts)),
            get(f"/codec/{TABLES}", lambda: FileResponse(directory / TABLES)),
            get(f"/codec/{DECODER}", lambda: FileResponse(directory / DECODER)),
            *(sample(number, content) for number, content in enumerate(samples)),
            post("/compress", answers.compress, quality=int),
            post("/compare", answers.compare, ssim=float),
            post("/decompress", answers.decompress, start=int, end=int),
            Mount("/web", StaticFiles(directory=assets.WEB)),
            Mount("/page", StaticFiles(directory=FILES)),
        ],
        middleware=[
            # A page elsewhere whose name is made to lead here is not to read what this says.
            Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
            Middleware(BaseHTTPMiddleware, dispatch=_with_headers(_policy(page))),
        ],
        exception_handlers={InputError: _refuse, HTTPException: _refuse},
    )


def serve(app: Starlette, port: int, browse: bool) -> None:
    """Serves until interrupted. Raises InputError where the port is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise InputError("a free port", f"{port}: {error}", "Name another: --port.") from None
        listener.listen()  # from here on the browser is answered, at once or a little later
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"The demo is at {address} until you press Ctrl-C.", flush=True)
        if browse:
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


async def _refuse(request, error):
    status, said = getattr(error, "status_code", 400), getattr(error, "detail", str(error))
    return JSONResponse({"error": said}, status)


def _options(request, kinds):
    try:
        return {name: kind(request.query_params[name]) for name, kind in kinds.items()}
    except (KeyError, ValueError):
        wanted = f"{', '.join(kinds)} in the query, as numbers"
        raise InputError(wanted, request.url.query or "none", "Add them.") from None


async def _body(request):
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            fix = "Use the command line, or a smaller one."
            error = InputError(f"a file of at most {LARGEST} bytes", "a larger one", fix)
            raise HTTPException(413, str(error))
    return bytes(body)


def _policy(page):
    """Content-Security-Policy: nothing from elsewhere; inline only the page's import map."""
    (inline,) = re.findall(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _with_headers(policy):
    async def dispatch(request, answer):
        response = await answer(request)
        response.headers["Content-Security-Policy"] = policy
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-cache"  # another codec may be served here next
        return response

    return dispatch
