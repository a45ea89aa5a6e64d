"""Clients that disconnect before the response."""

import asyncio
import dataclasses
import threading

import pytest

from image_compressor import Codec
from image_compressor.demo import server
from image_compressor.evaluation.rivals import RIVALS
from image_compressor.images.image_files import png


@pytest.fixture
def app(exported):
    return server.application(Codec.load(exported), exported, "exported")


def request(app, path, *messages):
    """The status of the response to a client that sends `messages` and disconnects."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"ssim=0.9&quality=50",
        "headers": [(b"host", server.HOST.encode())],
    }
    waiting = [*messages]
    sent = []

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    async def status():
        await app(scope, receive, send)
        return sent[0]["status"]

    return status()


def body(content, more=False):
    return {"type": "http.request", "body": content, "more_body": more}


@pytest.mark.parametrize("path", ["/compress", "/compare"])
def test_a_client_that_disconnects_during_an_upload_is_not_an_error(app, path):
    assert asyncio.run(request(app, path, body(b"IM", more=True))) == 499


@pytest.fixture
def encoded(monkeypatch):
    """A function that starts counting JPEG encodings, and calls another function during each."""

    def encoded(meanwhile=lambda: None):
        calls = []

        def encode(image, setting):
            calls.append(setting)
            meanwhile()
            return jpeg.encode(image, setting)

        jpeg = RIVALS["jpeg"]
        monkeypatch.setitem(RIVALS, "jpeg", dataclasses.replace(jpeg, encode=encode))
        return calls

    return encoded


def test_a_comparison_ends_when_its_client_disconnects(app, pictures, encoded):
    calls = encoded()
    assert asyncio.run(request(app, "/compare", body(png(pictures[0])))) == 499
    assert len(calls) == 1


def test_comparisons_run_one_at_a_time(app, pictures, encoded):
    one, two = threading.Lock(), threading.Event()

    def meanwhile():
        if one.acquire(blocking=False):
            two.wait(0.5)  # gives a second comparison time to start
            one.release()
        else:
            two.set()

    calls = encoded(meanwhile)
    message = body(png(pictures[0]))

    async def both():
        return await asyncio.gather(*(request(app, "/compare", message) for _ in range(2)))

    assert asyncio.run(both()) == [499, 499]
    assert len(calls) == 2
    assert not two.is_set()
