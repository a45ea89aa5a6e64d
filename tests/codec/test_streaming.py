"""Memory use is constant, however many images there are."""

import io

import pytest

from image_compressor import InputError
from image_compressor.codec.codec import BLOCK
from image_compressor.parallel import WORKERS
from tests.codec.networks import codec, images

CODEC = codec()
AHEAD = 8 * WORKERS  # blocks that may be processed at once
BLOCKS = 3 * AHEAD
IMAGES = images(BLOCK)


class Payloads(io.BytesIO):
    """A file that records how many images were taken at each write."""

    def __init__(self):
        super().__init__()
        self.taken, self.taken_at = 0, []

    def images(self):
        for _ in range(BLOCKS):
            for image in IMAGES:
                self.taken += 1
                yield image

    def write(self, data):
        self.taken_at.append(self.taken)
        return super().write(data)


def test_writing_takes_images_only_a_few_blocks_ahead_of_the_file():
    file = Payloads()
    assert CODEC.write(file, file.images()).images == BLOCKS * BLOCK
    header, *payloads, footer = file.taken_at
    assert len(payloads) == BLOCKS
    for written, taken in enumerate([header, *payloads]):
        assert taken <= (written + AHEAD) * BLOCK
    assert footer == BLOCKS * BLOCK


def test_reading_takes_payloads_only_a_few_blocks_ahead_of_the_images():
    file = io.BytesIO()
    CODEC.write(file, (image for _ in range(BLOCKS) for image in IMAGES))
    read = []
    for done, block in enumerate(
        CODEC.open(file).blocks(lambda n: (read.append(b) or b for b in n))
    ):
        assert len(block) == BLOCK
        assert len(read) <= done + AHEAD
    assert len(read) == BLOCKS


def test_a_bad_image_is_refused_when_it_is_reached():
    good = [image for _ in range(3) for image in IMAGES]
    with pytest.raises(InputError, match=r"\(7, 8, 1\)"):
        CODEC.compress([*good, IMAGES[0][1:]])
