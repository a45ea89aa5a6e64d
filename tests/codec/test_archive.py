import io

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.codec import BLOCK
from image_compressor.codec.coder import Coder
from image_compressor.codec.file.reader import Reader
from tests.codec.networks import codec, images

CODEC = codec()
COUNT = 2 * BLOCK + 88
NAMES = [f"test/{number % 10}/{number:05}.png" for number in range(COUNT)]
DATA = CODEC.compress(images(COUNT), NAMES)
DECODED = CODEC.decompress(DATA)
NUMBERS = [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK, COUNT - 1, -1, -COUNT]


@pytest.fixture
def archive():
    return CODEC.open(io.BytesIO(DATA))


@pytest.fixture
def decoded_blocks(monkeypatch):
    """The number of images in each payload decoded so far."""
    counts = []
    read = Coder.read

    def counting(coder, decoder, shape):
        counts.append(shape[0])
        return read(coder, decoder, shape)

    monkeypatch.setattr(Coder, "read", counting)
    return counts


@pytest.mark.parametrize("number", NUMBERS)
def test_an_image_by_number_equals_that_of_a_whole_decompression(archive, number):
    assert np.array_equal(archive[number], DECODED[number])
    assert np.array_equal(archive[np.int64(number)], DECODED[number])


@pytest.mark.parametrize("number", NUMBERS)
def test_a_name_finds_its_image(archive, number):
    assert np.array_equal(archive[NAMES[number]], DECODED[number])
    assert archive.number(NAMES[number]) == number % COUNT


@pytest.mark.parametrize(
    "part", [slice(3), slice(-2, None), slice(BLOCK + 1, BLOCK - 2, -1), slice(5, 5)]
)
def test_a_slice_is_a_list_of_its_images(archive, part):
    images = archive[part]
    assert isinstance(images, list)
    assert len(images) == len(DECODED[part])
    assert all(map(np.array_equal, images, DECODED[part]))


def test_iterating_gives_all_in_order(archive):
    assert len(archive) == COUNT
    assert np.array_equal(np.stack(list(archive)), DECODED)
    assert np.array_equal(np.stack(list(reversed(archive[-3:]))), DECODED[:-4:-1])


def test_blocks_are_all_images_in_order_and_progress_counts_them(archive):
    seen = []
    blocks = list(archive.blocks(lambda numbers: (seen.append(n) or n for n in numbers)))
    assert [len(block) for block in blocks] == [BLOCK, BLOCK, 88]
    assert np.array_equal(np.concatenate(blocks), DECODED)
    assert len(seen) == 3


def test_opening_decodes_nothing_and_an_image_only_its_block(archive, decoded_blocks):
    assert decoded_blocks == []
    archive[COUNT - 1]
    assert decoded_blocks == [88]
    archive[NAMES[BLOCK]]
    assert decoded_blocks == [88, BLOCK]


def test_neighbours_are_decoded_once(archive, decoded_blocks):
    archive[:BLOCK]
    assert decoded_blocks == [BLOCK]


def test_an_image_reads_only_its_block_of_the_file():
    class Recording(io.BytesIO):
        taken = 0

        def read(self, size=-1):
            data = super().read(size)
            self.taken += len(data)
            return data

    file = Recording(DATA)
    archive, size = CODEC.open(file), Reader(io.BytesIO(DATA)).bytes
    opening = file.taken
    assert opening < len(DATA) - size["payloads"] + 64
    archive[0]
    assert size["payloads"] / 3 < file.taken - opening < size["payloads"] / 2


def test_images_may_be_accessed_while_iterating(archive):
    for number, image in enumerate(archive):
        assert np.array_equal(image, DECODED[number])
        if number % 100 == 0:
            assert np.array_equal(archive[-number - 1], DECODED[-number - 1])


def test_damage_in_a_block_leaves_the_others_intact():
    header = Reader(io.BytesIO(DATA)).bytes["header"]
    archive = CODEC.open(io.BytesIO(DATA[: header + 9] + b"\0" + DATA[header + 10 :]))
    assert np.array_equal(archive[BLOCK], DECODED[BLOCK])
    for reach in (lambda: archive[0], lambda: list(archive)):
        with pytest.raises(InputError, match="damaged"):
            reach()


@pytest.mark.parametrize("number", [COUNT, -COUNT - 1])
def test_a_number_out_of_range_raises_index_error(archive, number):
    with pytest.raises(IndexError, match=str(COUNT)):
        archive[number]


@pytest.mark.parametrize("key", [0.0, 1.5, None, b"0"])
def test_anything_but_a_whole_number_raises_type_error(archive, key):
    archive[0]
    with pytest.raises(TypeError):
        archive[key]


def test_it_has_exactly_the_given_names(archive):
    assert NAMES[7] in archive and "7.png" not in archive and 7 not in archive
    assert "0.png" not in CODEC.open(io.BytesIO(CODEC.compress(images(2))))


def test_an_unknown_name_is_refused_with_the_nearest(archive):
    with pytest.raises(InputError, match=r"test/3/00013.pn. Did you mean test/3/00013.png\?"):
        archive["test/3/00013.pn"]
    unnamed = CODEC.open(io.BytesIO(CODEC.compress(images(2))))
    with pytest.raises(InputError, match="only numbers"):
        unnamed["0.png"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("axis", [False, True])
def test_its_images_have_the_axes_of_the_originals(channels, axis):
    given = images(3, channels) if axis or channels == 3 else images(3)[..., 0]
    archive = codec(channels).open(io.BytesIO(codec(channels).compress(given)))
    assert archive[0].shape == next(iter(archive)).shape == given.shape[1:]
    assert archive[0].dtype == np.uint8


@pytest.mark.parametrize("other", [codec(identity=b"othr"), codec(channels=3), codec(size=16)])
def test_a_file_of_another_codec_is_refused_at_once(other):
    with pytest.raises(InputError, match=r"codec"):
        other.open(io.BytesIO(DATA))
