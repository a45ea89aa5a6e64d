"""Files that earlier versions wrote, for ever."""

import hashlib
from pathlib import Path

import pytest

from image_compressor import Codec

GOLDEN = Path(__file__).with_name("golden")
# Decoded by the version that wrote them, in which decoders gave the same pixels on every machine
# that was tried; a processor may round a few of them by one level differently.
DECODED = {
    "version-2": ("digits", ["9e84eccaa36654a399d25d5fe6d66e74f3901b75d20841e89bfad92657e88e0f"]),
    "version-3": (
        "photo",
        [
            "39aef04f0100fc363174b13858e50918cf2f74b5f7193aea85c38d7ba54a7210",
            "5d067bf8ed38e42c26259a58d46cd5acf73a6d57a289ca6f45787e7af9e57bf0",
        ],
    ),
}


@pytest.mark.parametrize("name", DECODED)
def test_they_are_decoded(name):
    codec, digests = DECODED[name]
    data = (GOLDEN / f"{name}.imgc").read_bytes()
    assert data[4] == int(name[-1])
    images = Codec.load(codec).decompress(data)
    images = images if isinstance(images, list) else [images]
    found = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    assert found == digests
