"""Files that earlier versions wrote, and this one, for ever."""

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
    # Of several qualities; stored as WebP with and without loss; scaled from another size.
    "version-4": (
        "digits",
        [
            "c497a0833429a6c90a815425ecc767aee465aca6f8149dfe68849c78ff0a6497",
            "10f62f25c515a62c5f394fc400e9262b9a8c4500079c4cbce7bdd082364e83d0",
            "e708764769af8c1a0a7c3686468580836f65b7346ebfac03b7aa2110d594736a",
            "563d796bcea859bf37fb494ade4e670ad7ec0eec6a89ab8cefe7b6664b4cfc4e",
            "785cbbd793215dff69ebd083aa55d31087fee77bb6c30f8e47b7a836e1ac969d",
            "6559e3d2db54c14cdfe76d7249d9e777994f92c17878df1a8608cfc5fdfc976a",
            "c902a7219f5cfca0df9e11d2f324706284030b9c2f0587a0288e179ead168562",
        ],
    ),
    # Of several sizes and qualities, and stored.
    "version-4-photo": (
        "photo",
        [
            "41ef05252b34136df0cf375370a555912e0cb9a3c7f41034027cbc1914760822",
            "341519d6efa44fb8e27f142f8f6211bce6df709dcfc650f874bb53ad51c164ec",
            "fa947a9c84dbc4790a3d7328c4c5bdc08e13ccccda8e6c258cad5bee8ff4b09d",
            "b18afd30281f79f00d981a817d0bd9709db4ecb772714b5ca969675e61af87d5",
            "a020808f74b0e2573b7137b4ec2d4d094b529c5dfe7219ea131c0da7d85185db",
        ],
    ),
}


@pytest.mark.parametrize("name", DECODED)
def test_they_are_decoded(name):
    codec, digests = DECODED[name]
    data = (GOLDEN / f"{name}.imgc").read_bytes()
    assert data[4] == int(name.split("-")[1])
    images = Codec.load(codec).decompress(data)
    images = images if isinstance(images, list) else [images]
    found = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    assert found == digests
