"""The hyperprior, in floats and in whole numbers."""

import numpy as np
import pytest
from keras import ops

from image_compressor import Codec, InputError
from image_compressor.codec import hyper
from image_compressor.codec.frozen.hyper_tables import HYPER_LIMIT, MEAN_STEPS, SCALES
from image_compressor.codec.hyper import PRICE
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.hyperprior import LOG_SCALES, STEP, logistic_bits
from image_compressor.model.integer import EXACT
from image_compressor.training.freezing import freeze
from tests.photographs import config, picture


@pytest.mark.parametrize("scale", [0.04, 0.5, 3, 64])
def test_the_likelihoods_of_all_symbols_sum_to_one(scale):
    x = np.arange(-2000, 2001, dtype="float32")
    bits = ops.convert_to_numpy(logistic_bits(x + 0.3, np.float32(np.log(scale))))
    assert np.isfinite(bits).all() and (bits >= 0).all()
    assert np.exp2(-bits.astype(float)).sum() == pytest.approx(1, abs=1e-3)


def test_what_the_model_charges_is_what_the_codec_writes(
    photographer, photo_qualities, monkeypatch
):
    monkeypatch.setattr(hyper, "PRICE", 0)
    image = picture(96, 80)[None]
    codec = Codec(photographer.networks, photo_qualities)
    for quality in (1, 50, 100):
        widths = codec.tables(quality).widths
        y_hat, bits = photographer.density.code(codec.latents(image), widths)
        symbols = codec.encode(image, quality)
        assert float(bits[0]) == pytest.approx(codec.bits(image, quality)[0], rel=0.1)
        steps = np.abs(codec.coder(quality).dequantise(symbols) - y_hat) / widths
        assert (steps < 2 / MEAN_STEPS).mean() > 0.95


@pytest.mark.parametrize("quality", [1, 100])
def test_what_rounds_to_zero_saves_more_than_it_costs(
    photographer, photo_qualities, quality, monkeypatch
):
    codec = Codec(photographer.networks, photo_qualities)
    image = picture(96, 80)[None]
    bins = codec.latents(image) / codec.tables(quality).widths

    def measured():
        coder = Codec(photographer.networks, photo_qualities).coder(quality)
        symbols = coder.quantise(codec.latents(image))
        decoded = coder.dequantise(symbols) / codec.tables(quality).widths
        return coder.bits(symbols).sum(), np.square(decoded - bins).sum()

    bits, error = measured()
    monkeypatch.setattr(hyper, "PRICE", 0)
    most_bits, least_error = measured()
    assert bits < most_bits and error > least_error
    assert error - least_error < PRICE * (most_bits - bits)


def told(density, z):
    """Returns (means, indices of scales) of the float hyper-decoder."""
    means, log_scales = np.split(ops.convert_to_numpy(density.decoder(z)), 2, axis=-1)
    return means * MEAN_STEPS, (log_scales - LOG_SCALES[0]) / STEP


def test_whole_numbers_are_what_the_floats_are_to_a_step(photographer, photo_qualities):
    density = photographer.density
    latents = Codec(photographer.networks, photo_qualities).latents(picture(96, 80)[None])
    z = np.rint(ops.convert_to_numpy(density.encoder(latents / photo_qualities[49].widths)))
    means, places = np.split(ops.convert_to_numpy(density.integer(z)), 2, axis=-1)
    for whole, real in zip((means, places), told(density, z), strict=True):
        assert np.array_equal(whole, np.rint(whole))
        assert np.abs(whole - real).max() < 1.5


def test_no_sum_leaves_the_numbers_that_floats_have_all_of(photographer, photo_qualities):
    """Holds for every input, because all weights and inputs are taken as large as possible."""
    for layer in photographer.density.integer.layers[::2]:
        kernel, bias = layer.get_weights()
        assert np.array_equal(kernel, np.rint(kernel)) and np.array_equal(bias, np.rint(bias))
        axis = 2 if "Transpose" in type(layer).__name__ else 3
        others = tuple({0, 1, 2, 3} - {axis})
        assert (np.abs(kernel).sum(axis=others) * HYPER_LIMIT + np.abs(bias)).max() < EXACT
    for layer in photographer.density.integer.layers[1::2]:
        exponents = np.log2(layer.get_weights()[0])
        assert np.array_equal(exponents, np.rint(exponents))


def test_a_hyper_decoder_that_is_not_computed_in_whole_numbers_is_refused():
    tree = config()
    layers = tree["layers"]["hyperprior"]["layers"]["decoder"]["layers"]
    layers[0]["Conv2DTranspose"]["activation"] = "gelu"
    with pytest.raises(InputError, match=r"activation relu.*gelu.*whole numbers"):
        ImageCompressor(tree, 6)


def test_it_is_for_images_of_any_size():
    tree = config()
    tree["layers"]["inputs"][0]["Input"]["shape"] = [64, 64, 3]
    with pytest.raises(InputError, match=r"null, null, channels.*\[64, 64, 3\]"):
        architecture.check(tree)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_strides_of_the_hyperprior_must_agree(part):
    tree = config()
    del tree["layers"]["hyperprior"]["layers"][part]["layers"][0]
    with pytest.raises(InputError, match="hyperprior"):
        ImageCompressor(tree, 6)


def test_it_has_no_classes_and_wants_images(photographer):
    with pytest.raises(InputError, match="must be 1 with a hyperprior"):
        freeze(photographer, picture(32, 32)[None], classes=4)
    with pytest.raises(InputError, match="images to fit tables to"):
        freeze(photographer)


def test_scales_are_those_of_the_tables(photo_qualities):
    bank = photo_qualities[0].bank
    assert len(bank.frequencies) == photo_qualities[0].hyper_channels + len(SCALES)
