import io

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from image_compressor import Codec, InputError
from image_compressor.codec.codec import BLOCK
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.codec.transform import DEFAULT_QUALITY
from image_compressor.images.metadata import Metadata
from tests.codec.networks import QuarterMeans, codec, images

GREY, COLOUR = codec(1), codec(3)
# Changing these bytes requires a new version of the format.
OLDER = "494d47430274657374013c0808018004aeb8271435217055915841d5040c3489148b060000004cfaea51"
GOLDEN = "494d47430474657374013c0808018004aeb8271435217055915841d5040c233ffaa00600000088973608"
GOLDEN_NAMES = ["a/0.png", "b"]


def golden_images(count=4):
    return np.arange(count * 8 * 8, dtype=np.uint8).reshape(count, 8, 8) // np.uint8(2)


def quantised(codec, images, quality):
    return codec.decode(codec.encode(images, quality), quality)


def test_golden_bytes():
    given = golden_images()
    assert GREY.compress(given, quality=60).hex() == GOLDEN
    for data in (GOLDEN, OLDER):
        decoded = GREY.decompress(bytes.fromhex(data))
        assert np.array_equal(decoded[..., None], quantised(GREY, given[..., None], 60))
    assert len(OLDER) == len(GOLDEN)


@hypothesis.given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(8), st.just(8))),
    st.sampled_from(QUALITIES),
)
def test_compressing_equals_quantising(images, quality):
    """Decompressing gives exactly the decoder's output for the rounded latents."""
    decoded = GREY.decompress(GREY.compress(images, quality=quality))
    assert np.array_equal(decoded[..., None], quantised(GREY, images[..., None], quality))


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_quality_is_stored_in_the_file(quality):
    given = images(20, 3, seed=quality)
    data = COLOUR.compress(given, quality=quality)
    assert COLOUR.open(io.BytesIO(data)).header.quality == quality
    assert np.array_equal(COLOUR.decompress(data), quantised(COLOUR, given, quality))


def test_a_lower_quality_takes_fewer_bytes():
    given = images(300, 3) // np.uint8(2)
    sizes = [len(COLOUR.compress(given, quality=quality)) for quality in range(10, 101, 10)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 2
    assert len(COLOUR.compress(given)) == sizes[DEFAULT_QUALITY // 10 - 1]


def test_a_higher_quality_is_closer_to_the_image():
    given = images(300, 3).astype(float)
    errors = [np.abs(quantised(COLOUR, np.uint8(given), q) - given).mean() for q in (1, 25, 50, 75)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 88])
def test_blocks_of_any_number_of_images(count):
    given = images(count, 3)
    decoded = COLOUR.decompress(COLOUR.compress(given))
    assert np.array_equal(decoded, quantised(COLOUR, given, DEFAULT_QUALITY))


def test_the_form_of_the_images_comes_back():
    stack = golden_images()
    for form in (stack, stack[..., None], list(stack), list(stack[..., None])):
        decoded = GREY.decompress(GREY.compress(form))
        assert type(decoded) is type(form)
        assert np.shape(decoded) == np.shape(form)


def test_a_mapped_stack_gives_the_bytes_of_the_array(tmp_path):
    given = images(BLOCK + 3)
    np.save(tmp_path / "stack.npy", given)
    mapped = np.load(tmp_path / "stack.npy", mmap_mode="r")
    assert GREY.compress(mapped) == GREY.compress(given)


def test_an_iterator_gives_the_bytes_of_the_list():
    given = images(BLOCK + 3)
    assert GREY.compress(iter(given)) == GREY.compress(list(given))


def test_writing_returns_facts_about_the_file_and_progress_counts_blocks():
    seen, file = [], io.BytesIO()
    written = GREY.write(
        file, iter(images(BLOCK + 3)), progress=lambda n: (seen.append(b) or b for b in n)
    )
    assert (written.images, len(seen)) == (BLOCK + 3, 2)
    assert (written.bytes, written.quality) == (len(file.getvalue()), DEFAULT_QUALITY)
    assert (written.raised, written.stored, written.ssim) == (0, 0, None)


def test_metadata_comes_back_image_by_image():
    given = [Metadata(1_700_000_000 + number, xmp=b"<x/>") for number in range(3)]
    data = GREY.compress(golden_images(3), metadata=iter(given))
    archive = GREY.open(io.BytesIO(data))
    assert archive.metadata() == given
    assert np.array_equal(GREY.decompress(data), GREY.decompress(GREY.compress(golden_images(3))))
    assert GREY.open(io.BytesIO(GREY.compress(golden_images(3)))).metadata() is None
    with pytest.raises(InputError, match=r"metadata of 3 images.*of 2"):
        GREY.compress(golden_images(3), metadata=given[:2])


def test_metadata_is_asked_for_once_and_after_the_images():
    asked = []

    def source():
        for image in golden_images(3):
            asked.append("image")
            yield image

    def metadata():
        asked.append("metadata")
        yield from 3 * [Metadata()]

    GREY.compress(source(), metadata=metadata(), target_bytes=10**5)
    assert asked == 3 * ["image"] + ["metadata"]


def test_a_path_is_written_and_opened_like_a_file(tmp_path):
    given = images(3)
    for path in (tmp_path / "a.imgc", str(tmp_path / "b.imgc")):
        GREY.write(path, given)
        GREY.write(path, given)  # replaces it
        with GREY.open(path) as archive:
            assert np.array_equal(list(archive), GREY.decompress(GREY.compress(given)))
        with pytest.raises(InputError, match="is closed"):
            archive[0]


def test_codecs_and_archives_say_what_they_are():
    assert repr(GREY) == "<Codec 74657374 for images (8, 8, 1)>"
    archive = GREY.open(io.BytesIO(GREY.compress(images(3))))
    assert repr(archive) == "<Archive of 3 images, codec 74657374>"


def test_names_cost_three_bytes_an_image_and_nothing_without():
    given = images(10000)
    names = [f"test/{number % 10}/{number:05}.png" for number in range(len(given))]
    named, unnamed = (GREY.compress(given, choice) for choice in (names, None))
    assert len(named) - len(unnamed) == Reader(io.BytesIO(named)).bytes["names"] <= 3 * len(given)
    assert Reader(io.BytesIO(unnamed)).bytes["names"] == 0
    assert Reader(io.BytesIO(named)).header.names == tuple(names)


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_a_file_of_many_images_is_as_long_as_the_tables_predict(quality):
    given = images(10000, 3)
    charged = COLOUR.bits(given, quality).sum() / 8
    assert charged < len(COLOUR.compress(given, quality=quality)) < 1.005 * charged + 40


@pytest.mark.parametrize("quality", [0, 101, -1, True, "50", 50.0, 50.5, float("nan")])
def test_an_invalid_quality_is_refused(quality):
    with pytest.raises(InputError, match="quality"):
        GREY.compress(golden_images(), quality=quality)


@pytest.mark.parametrize("quality", [0, 101])
@pytest.mark.parametrize("method", ["encode", "bits", "decode"])
def test_every_method_refuses_a_quality_out_of_range(method, quality):
    given = images(2) if method != "decode" else np.zeros((2, 4), np.int32)
    with pytest.raises(InputError, match="quality"):
        getattr(GREY, method)(given, quality)


@pytest.mark.parametrize(
    "choices",
    [
        {"quality": 50, "target_ssim": 0.5},
        {"quality": 50, "target_bytes": 500},
        {"target_ssim": 0.5, "target_bytes": 500},
        {"quality": 50, "min_ssim": 0.5},
    ],
)
def test_two_choices_at_once_are_refused(choices):
    with pytest.raises(InputError, match="only one of"):
        GREY.compress(golden_images(), **choices)


@pytest.mark.parametrize("names", [None, GOLDEN_NAMES])
def test_every_damaged_byte_is_detected(names):
    data = GREY.compress(golden_images(2), names, quality=60)
    for position in range(len(data)):
        for flip in (1, 128, 255):
            damaged = bytearray(data)
            damaged[position] ^= flip
            with pytest.raises(InputError):
                GREY.decompress(bytes(damaged))


def test_a_file_cut_anywhere_is_refused():
    data = GREY.compress(golden_images(2), GOLDEN_NAMES)
    for position in range(len(data)):
        for cut in (data[:position], data[position + 1 :]):
            with pytest.raises(InputError):
                GREY.decompress(cut)


def test_a_file_of_another_codec_is_refused():
    with pytest.raises(InputError, match=r"file of codec 74657374.*one of codec 6f746872"):
        GREY.decompress(codec(identity=b"othr").compress(golden_images()))


def test_wrong_images_and_names_are_refused():
    with pytest.raises(InputError, match="dtype uint8"):
        GREY.compress(np.zeros((2, 8, 8)))
    with pytest.raises(InputError, match="2 names"):
        GREY.compress(golden_images(2), ["a"])


def test_latents_that_are_not_finite_are_refused():
    networks = QuarterMeans()
    networks.encode = lambda x: np.full((len(x), 4), np.nan)
    with pytest.raises(InputError, match="not finite"):
        Codec(networks, GREY.qualities).compress(golden_images())


def test_anything_but_bytes_is_refused():
    with pytest.raises(InputError, match=r"bytes of an \.imgc"):
        GREY.decompress("text")


def test_tables_of_another_network_are_refused():
    with pytest.raises(InputError, match="4 latent channels"):
        Codec(QuarterMeans(), COLOUR.qualities)


def test_tables_of_fewer_qualities_are_refused():
    with pytest.raises(InputError, match="100"):
        Codec(QuarterMeans(), GREY.qualities[:3])


def test_a_directory_without_a_codec_is_refused(tmp_path):
    with pytest.raises(InputError, match="make reproduce"):
        Codec.load(tmp_path)


@pytest.mark.parametrize("level", [0, 0.4, 0.6, 99.4, 254.6, 255])
def test_pixels_are_rounded_to_the_nearest(level):
    networks = QuarterMeans()
    networks.decode = lambda y_hat: np.full((1, 8, 8, 1), level / 255, np.float32)
    assert (Codec(networks, GREY.qualities).decode(np.zeros((1, 4))) == round(level)).all()
