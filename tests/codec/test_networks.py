"""Networks on LiteRT: those of the released codecs."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec import released
from image_compressor.codec.directory import DECODER, HYPER_ENCODER, read
from image_compressor.codec.networks import BATCH, LiteRTNetworks

RANDOM = np.random.default_rng(0)


@pytest.fixture
def grey():
    return LiteRTNetworks(read(released.find("digits")))


@pytest.fixture
def photo():
    return LiteRTNetworks(read(released.find("photo")))


def test_shapes_are_those_of_the_networks_and_none_where_any(grey, photo):
    assert (grey.image_shape, grey.latent_shape) == ((28, 28, 1), (50,))
    assert (photo.image_shape, photo.latent_shape) == (
        (None, None, 3),
        (None, None, 128),
    )
    assert (photo.stride, photo.hyper_stride) == (16, 4)
    assert not hasattr(grey, "stride") and not hasattr(grey, "hyper_stride")


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 2 * BATCH + 7])
def test_any_number_of_images_gives_what_each_gives(count, grey):
    x = RANDOM.random((count, 28, 28, 1))
    latents = grey.encode(x)
    assert (latents.shape, latents.dtype) == ((count, 50), np.float32)
    for number in {0, count // 2, count - 1}:
        alone = grey.encode(x[number : number + 1])
        assert np.allclose(latents[number], alone[0], rtol=1e-4, atol=1e-4)


def test_images_lie_in_0_to_1(grey):
    images = grey.decode(RANDOM.normal(0, 100, (9, 50)))
    assert (images.min(), images.max()) == (0, 1)


@pytest.mark.parametrize("side", [16, 48])
def test_sizes_may_change_from_call_to_call(side, photo):
    latents = photo.encode(RANDOM.random((1, side, 32, 3)))
    assert latents.shape == (1, side // 16, 2, 128)
    assert photo.decode(latents).shape == (1, side, 32, 3)
    bins = RANDOM.random((1, side // 4, 8, 128))
    told = photo.hyper_decode(np.rint(photo.hyper_encode(bins)))
    assert told.shape == (1, side // 4, 8, 256) and np.array_equal(told, np.rint(told))


def test_threads_do_not_share_an_interpreter(grey):
    x = RANDOM.random((8, 200, 28, 28, 1))
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(grey.encode, x))
    assert np.array_equal(together, [grey.encode(images) for images in x])


@pytest.mark.parametrize("name", [DECODER, HYPER_ENCODER])
@pytest.mark.parametrize("content", [b"", b"no model" * 99])
def test_a_file_that_is_no_model_is_named(name, content):
    files = {**read(released.find("photo")), name: content}
    with pytest.raises(InputError, match=rf"exported network.*{name}"):
        LiteRTNetworks(files)
