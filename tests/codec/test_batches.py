import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.batches import LARGEST_IMAGE, batches, check_pixels
from image_compressor.images.stack import Stack
from tests.codec.networks import codec, images, photo_codec

SHAPE = (8, 8, 1)
STACK = images(10)


def forms(tmp_path):
    """(the ten images of STACK in some form, (stacked, channel axis)) for every form."""
    np.save(tmp_path / "stack.npy", STACK)
    return [
        (STACK, (True, True)),
        (STACK[..., 0], (True, False)),
        (np.asfortranarray(STACK), (True, True)),
        (np.load(tmp_path / "stack.npy", mmap_mode="r"), (True, True)),
        (Stack(tmp_path / "stack.npy"), (True, True)),
        (list(STACK), (False, True)),
        (tuple(STACK[..., 0]), (False, False)),
        ((image for image in STACK), (False, True)),
    ]


@pytest.mark.parametrize("block", [1, 3, 5, 10, 11])
def test_every_form_gives_the_same_blocks_and_is_recorded(tmp_path, block):
    for given, form in forms(tmp_path):
        source = batches(given, SHAPE, block)
        blocks = list(source.blocks)
        assert (source.stacked, source.channel_axis) == form
        assert list(map(len, blocks)) == [len(STACK[n : n + block]) for n in range(0, 10, block)]
        assert np.array_equal(np.concatenate(blocks), STACK)


def test_images_are_taken_only_when_their_block_is_read():
    taken = []
    source = batches((taken.append(n) or image for n, image in enumerate(STACK)), SHAPE, 4)
    assert len(taken) <= 1
    for block in range(1, 3):
        next(source.blocks)
        assert 4 * block <= len(taken) <= 4 * block + 1


def test_colour_needs_a_channel_axis():
    colour = images(2, 3)
    assert np.array_equal(next(batches(colour, (8, 8, 3), 9).blocks), colour)
    with pytest.raises(InputError, match=r"shape \(8, 8, 3\).*\(8, 8\)"):
        batches(colour[..., 0], (8, 8, 3), 9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((2, 8, 8)), r"dtype uint8.*float64.*np\.rint\(255 \* images\)"),
        (np.zeros((2, 8, 8), bool), r"dtype uint8.*bool.*np\.uint8\(255\) \* images"),
        (np.zeros((2, 8, 8), int), r"dtype uint8.*int64.*to 0\.\.255"),
        (np.zeros((2, 8, 9), np.uint8), r"shape \(8, 8, 1\) or \(8, 8\).*\(8, 9\)"),
        (np.zeros((8, 8), np.uint8), "an axis for N"),
        (np.zeros((2, 8, 8, 3), np.uint8), "shape"),
        (np.zeros((0, 8, 8), np.uint8), "at least one image"),
        (np.uint8(3), "at least one image"),
        ([], "at least one image"),
        ((image for image in []), "at least one image"),
        ([[1, 2]], "dtype uint8"),
        ([np.zeros((8, 8), np.uint8), np.zeros((8, 8, 1), np.uint8)], "channel axis"),
        ([np.zeros((8, 8), np.uint8), np.zeros((8, 8))], "dtype uint8"),
        ([np.zeros((8, 8), np.uint8), np.zeros((9, 8), np.uint8)], r"\(9, 8\)"),
        ("images", "an array of images, or an iterable"),
        (b"images", "an array of images, or an iterable"),
        (None, "an array of images, or an iterable"),
    ],
)
def test_anything_but_images_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        list(batches(given, SHAPE, 4).blocks)


def test_an_image_of_exactly_the_largest_size_is_taken():
    side = round(LARGEST_IMAGE**0.5)
    check_pixels(side, side)
    with pytest.raises(InputError, match=f"{side + 1}x{side}"):
        check_pixels(side, side + 1)


def reused(images):
    """The images, each in the same array, as a camera or a decoder may reuse its buffer."""
    array = np.empty_like(images[0])
    for image in images:
        array[:] = image
        yield array


@pytest.mark.parametrize("block", [1, 3, 10, 11])
def test_a_source_may_reuse_one_array_for_its_images(block):
    blocks = list(batches(reused(STACK), SHAPE, block).blocks)
    assert np.array_equal(np.concatenate(blocks), STACK)


@pytest.mark.parametrize("one", [codec(size=16), photo_codec()])
@pytest.mark.parametrize("target", [{}, {"target_ssim": 0.5}, {"target_bytes": 10**5}])
def test_a_codec_accepts_a_source_that_reuses_one_array(one, target):
    given = images(40, 3, size=16) if one.any_size else images(600, size=16)
    assert one.compress(reused(given), **target) == one.compress(list(given), **target)
