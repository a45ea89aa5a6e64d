"""The demo's routes, and their server on the loopback interface."""

import asyncio
import contextlib
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import DECODER
from image_compressor.codec.frozen.table_file import TABLES
from image_compressor.demo import api
from image_compressor.demo.patience import CONNECTIONS, Protocol
from image_compressor.demo.security_headers import Guard
from image_compressor.errors import InputError
from image_compressor.web import assets

HOST = "127.0.0.1"
LARGEST = 50 * 2**20  # bytes of a request
FEW = 4  # concurrent requests; each may take the memory of many images
FILES = Path(__file__).parent / "page"


def application(
    codec: Codec, directory: Path, name: str, samples: Sequence[bytes] = ()
) -> Starlette:
    """The demo of a codec.

    Args:
        codec: the codec.
        directory: the directory of its files, which the browser loads to decode images.
        name: the name that the page shows.
        samples: PNG files to try.
    """
    Image.MAX_IMAGE_PIXELS = None  # `images.decoding` has its own limit
    page = (FILES / "page.html").read_text("utf-8")
    page = page.replace("<!-- decode.html -->", assets.read("decode.html"))
    facts = {**api.facts(codec, name), "samples": len(samples), "largest": LARGEST}

    few_at_a_time = asyncio.Semaphore(FEW)

    def post(path: str, answer: Callable[..., dict], **kinds: type) -> BaseRoute:
        """A route that responds with `answer(codec, body, **query)`."""

        async def respond(request: Request) -> Response:
            options = _options(request, kinds)
            body = await _body(request)
            async with few_at_a_time:
                return JSONResponse(await run_in_threadpool(answer, codec, body, **options))

        return Route(path, respond, methods=["POST"])

    one_at_a_time = asyncio.Lock()

    async def compare(request: Request) -> Response:
        """Compares with classical codecs, until the client disconnects: the page cancels this slow
        request at the next stroke."""
        options = _options(request, {"ssim": float})
        body = await _body(request)
        files = []
        async with one_at_a_time:
            async for file in iterate_in_threadpool(api.rivals(codec, body)):
                if await request.is_disconnected():
                    raise ClientDisconnect
                files.append(file)
        return JSONResponse(api.smallest(files, **options))

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
            post("/compress", api.compress, quality=int),
            Route("/compare", compare, methods=["POST"]),
            post("/decompress", api.decompress, start=int, end=int),
            Mount("/web", StaticFiles(directory=assets.WEB)),
            Mount("/page", StaticFiles(directory=FILES)),
        ],
        middleware=[
            # Protects against DNS rebinding, by which another site could read the responses.
            Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
            Middleware(Guard, page=page),
        ],
        exception_handlers={
            InputError: _refuse,
            HTTPException: _refuse,
            ClientDisconnect: _gone,
        },
    )


def serve(app: Starlette, port: int, browse: bool) -> None:
    """Serves until interrupted. Raises InputError if the port is in use."""
    if not 0 <= port < 2**16:
        raise InputError("a port of 0 to 65535", port, "Choose another with --port.")
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        fix = "Choose another with --port."
        raise InputError(f"Port {port} cannot be used ({error}). {fix}") from None
    with listener:  # connections of the browser are accepted from here on
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"The demo is at {address} until you press Ctrl-C.", flush=True)
        if browse:
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
        _Server(configuration(app)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that shuts down gracefully on SIGHUP too, not only on uvicorn's signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        number = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
        before = signal.getsignal(number)
        with super().capture_signals():  # raises the signal again after the shutdown
            if before != signal.SIG_IGN:
                signal.signal(number, self.handle_exit)
            try:
                yield
            finally:
                signal.signal(number, before)


def configuration(app: Starlette) -> uvicorn.Config:
    """The server's configuration, with limits on waiting and on concurrency."""
    return uvicorn.Config(
        app, log_level="warning", http=Protocol, ws="none", limit_concurrency=CONNECTIONS
    )


async def _refuse(request, error):
    status, text = getattr(error, "status_code", 400), getattr(error, "detail", str(error))
    return JSONResponse({"error": text}, status)


async def _gone(request, error):
    return Response(status_code=499)  # nginx's "client closed request"; nobody reads it


def _options(request, kinds):
    try:
        return {name: kind(request.query_params[name]) for name, kind in kinds.items()}
    except (KeyError, ValueError):
        expected = f"the numbers {', '.join(kinds)} in the query"
        raise InputError(expected, request.url.query or "none", "Add them.") from None


async def _body(request):
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            fix = "Use the command line, or a smaller file."
            error = InputError(f"a file of at most {LARGEST} bytes", "a larger one", fix)
            raise HTTPException(413, str(error))
    return bytes(body)
