"""Fixtures for a stand-alone page like the report, and for decoding in it."""

import base64
import json

import numpy as np
import pytest

from image_compressor.web import assets


@pytest.fixture
def alone(page, tmp_path):
    """A function that opens a page from a file, with a given body and all modules inside it."""

    def alone(body=""):
        path = tmp_path / "page.html"
        imports = json.dumps(assets.import_map())
        path.write_text(
            f'<!doctype html><script type="importmap">{imports}</script>{body}', "utf-8"
        )
        page.goto(path.as_uri())
        return page

    return alone


@pytest.fixture
def in_browser(alone):
    """A function that decodes a file with the codec of a directory, and returns the images, uint8
    [N, H, W, C], and their names."""

    def in_browser(directory, data):
        found = alone().evaluate(
            """async ([tables, decoder, file]) => {
                const bytes = (text) =>
                    Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
                const { Codec } = await import("imgc/codec.js");
                const codec = await Codec.load({tables: bytes(tables), decoder: bytes(decoder)});
                const { images, ...rest } = await codec.decode(bytes(file));
                let text = "";
                for (let start = 0; start < images.length; start += 4096) {
                    text += String.fromCharCode(...images.subarray(start, start + 4096));
                }
                return { images: btoa(text), ...rest };
            }""",
            [*map(encoded, parts(directory)), encoded(data)],
        )
        images = np.frombuffer(base64.b64decode(found["images"]), np.uint8)
        shape = (-1, found["height"], found["width"], found["channels"])
        return images.reshape(shape), found["names"]

    return in_browser


def parts(directory):
    """The bytes of the files for decoding."""
    return [(directory / name).read_bytes() for name in ("tables.npz", "decoder.tflite")]


def encoded(data):
    return base64.b64encode(data).decode()
