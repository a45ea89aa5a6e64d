"""The networks of the released codecs on LiteRT."""

import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec import exported, litert, networks
from image_compressor.codec.exported import DECODER, ENCODER, HYPER_ENCODER, read
from image_compressor.codec.litert import BATCH, MOST, LiteRTNetwork
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.parallel import WORKERS

RANDOM = np.random.default_rng(0)


@pytest.fixture
def grey():
    return LiteRTNetworks(read(exported.find("digits")))


@pytest.fixture
def photo():
    return LiteRTNetworks(read(exported.find("photo")))


def test_shapes_have_none_for_any_size(grey, photo):
    assert (grey.image_shape, grey.latent_shape) == ((28, 28, 1), (50,))
    assert (photo.image_shape, photo.latent_shape) == (
        (None, None, 3),
        (None, None, 192),
    )
    assert (photo.stride, photo.hyper_stride) == (16, 4)
    assert not hasattr(grey, "stride") and not hasattr(grey, "hyper_stride")


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 2 * BATCH + 7])
def test_images_give_the_same_latents_alone_and_together(count, grey):
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
    assert latents.shape == (1, side // 16, 2, 192)
    assert photo.decode(latents).shape == (1, side, 32, 3)
    bins = RANDOM.random((1, side // 4, 8, 192))
    predicted = photo.hyper_decode(np.rint(photo.hyper_encode(bins)))
    assert predicted.shape == (1, side // 4, 8, 384)
    assert np.array_equal(predicted, np.rint(predicted))


def test_threads_do_not_share_an_interpreter(grey):
    x = RANDOM.random((8, 200, 28, 28, 1))
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(grey.encode, x))
    assert np.array_equal(together, [grey.encode(images) for images in x])


@pytest.mark.parametrize("name", ["digits", "photo"])
def test_few_interpreters_run_at_once_and_fewer_are_kept(monkeypatch, name):
    made = weakref.WeakSet()

    class Counted(litert._Interpreter):
        def __init__(self, content):
            super().__init__(content)
            made.add(self)

        def __call__(self, x):
            assert len(made) <= most
            return super().__call__(x)

    monkeypatch.setattr(litert, "_Interpreter", Counted)
    encoder = LiteRTNetwork(read(exported.find(name))[ENCODER], ENCODER)
    most, kept = (WORKERS, WORKERS) if name == "digits" else (min(WORKERS, MOST), 1)
    x = np.zeros((1, 28, 28, 1) if name == "digits" else (1, 64, 64, 3), np.float32)
    with ThreadPoolExecutor(3 * most) as pool:
        list(pool.map(encoder, [x] * 50))
    assert len(made) <= kept


def test_after_an_error_an_interpreter_is_not_used_again(grey):
    with pytest.raises(RuntimeError, match="elements"):
        grey.encode(np.zeros((1, 28, 29, 1)))
    assert grey.encode(np.zeros((1, 28, 28, 1))).shape == (1, 50)


def test_memory_is_bounded_by_the_pixels_of_images_at_once(monkeypatch, grey):
    files = read(exported.find("digits"))
    assert grey._decoder.batch == grey._encoder.batch == BATCH
    monkeypatch.setattr(networks, "PIXELS", 5 * 28 * 28 - 1)
    few = LiteRTNetworks(files)
    assert few._decoder.batch == few._encoder.batch == 4
    x = RANDOM.random((9, 28, 28, 1), np.float32)
    assert np.allclose(few.encode(x), grey.encode(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_where_the_system_has_no_such_setting_memory_is_kept(monkeypatch, error):
    def missing(name):
        raise error

    monkeypatch.setattr(litert.ctypes, "CDLL", missing)
    litert._give_freed_memory_back()


@pytest.mark.parametrize("name", [DECODER, HYPER_ENCODER])
@pytest.mark.parametrize("content", [b"", b"no model" * 99])
def test_a_file_that_is_no_model_is_named(name, content):
    files = {**read(exported.find("photo")), name: content}
    with pytest.raises(InputError, match=rf"exported network.*{name}"):
        LiteRTNetworks(files)
