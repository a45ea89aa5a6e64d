"""Fixtures that serve the demo from a thread."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from image_compressor import Codec
from image_compressor.codec import exported
from image_compressor.demo import server
from image_compressor.images.image_files import png


@contextlib.contextmanager
def serving(name, samples=()):
    """Serves the demo of a codec; gives its address."""
    app = server.application(Codec.load(name), exported.find(name), str(name), samples)
    running = uvicorn.Server(server.configuration(app))
    with socket.socket() as listener:
        listener.bind((server.HOST, 0))
        thread = threading.Thread(target=running.run, args=[[listener]])
        thread.start()
        try:
            while not running.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://{server.HOST}:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def address(exported, pictures):
    """The address of a demo of the exported codec, with two samples."""
    with serving(exported, [png(image) for image in pictures[:2]]) as address:
        yield address


@pytest.fixture(scope="module")
def digits_address():
    """The address of a demo of the released codec."""
    with serving("digits") as address:
        yield address
