"""Files that earlier versions wrote, and this one, for ever."""

import io
from pathlib import Path

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.images.metadata import Metadata

GOLDEN = Path(__file__).with_name("golden")
# Version 4: of several qualities; stored as WebP with and without loss; scaled from another size.
# Those of photographs have several sizes.
CODECS = {
    "version-2": "digits",
    "version-3": "photo-1",
    "version-4": "digits",
    "version-4-photo": "photo-1",
}
EMBEDDED = "version-4-embedded"  # with its codec, which is nowhere else, and metadata


@pytest.mark.parametrize("name", [*CODECS, EMBEDDED])
def test_they_are_decoded_to_the_same_pixels(name):
    data = (GOLDEN / f"{name}.imgc").read_bytes()
    assert data[4] == int(name.split("-")[1])
    if name == EMBEDDED:
        reader = Reader(io.BytesIO(data))
        assert reader.metadata() == [Metadata(1_700_000_000 + n, xmp=b"<x/>") for n in range(6)]
        codec = Codec.from_embedded(reader.embedded)
    else:
        codec = Codec.load(CODECS[name])
    images = codec.decompress(data)
    with np.load(GOLDEN / f"{name}.npz") as golden:
        assert len(images) == len(golden)
        for image, pixels in zip(images, golden.values(), strict=True):
            # Another processor may round a few pixels differently.
            assert image.shape == pixels.shape
            assert np.abs(image.astype(int) - pixels).max() <= 1
            assert (image != pixels).mean() < 0.01
