"""Networks that compute in a half type while they are trained."""

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from image_compressor.model.precision import PRECISIONS, computing
from image_compressor.model.training import train
from tests import photographs
from tests.conftest import config
from tests.model.test_discriminator import made

HALVES = PRECISIONS[1:]
IMAGES = np.stack([photographs.picture(32, 32, seed=seed) for seed in range(32)])


def result(precision):
    """(the model, its history), trained for both phases."""
    compressor, *data = made(IMAGES, photographs.config)
    how = {"averaging": 0.9, "precision": precision}
    first = train(compressor, *data, 6, 0.005, **how)
    second = train(compressor, *data, 2, 0.001, adversarial=0.05, **how)
    return compressor, [*first.history["val_loss"], *second.history["val_loss"]]


@pytest.fixture(scope="module")
def losses():
    """Those of float32."""
    return result("float32")[1]


@pytest.fixture(scope="module", params=HALVES)
def half(request):
    return result(request.param)


def test_it_trains_to_about_the_loss_of_float32(half, losses):
    assert half[1] != losses
    assert half[1] == pytest.approx(losses, rel=0.02)


def test_what_was_trained_is_a_float32_model_with_no_trace_of_it(half, tmp_path):
    compressor, _ = half
    trained.save(compressor, freeze(compressor, IMAGES), tmp_path / "half")
    loaded, _ = trained.load(tmp_path / "half")
    assert {layer.dtype_policy.name for layer in loaded._flatten_layers()} == {"float32"}
    x = IMAGES[:4] / np.float32(255)
    for name, values in compressor(x).items():
        assert np.array_equal(values, loaded(x)[name])


@pytest.mark.parametrize("precision", HALVES)
def test_inside_networks_compute_in_it_and_what_they_make_is_float32(precision):
    compressor, *_ = made(IMAGES, photographs.config)
    generator, hyperprior = compressor.generator, compressor.density
    patches = compressor.discriminator.patches
    networks = generator.encoder, generator.decoder, hyperprior.encoder, hyperprior.decoder, patches
    with computing(compressor, precision):
        for network in networks:
            x = np.ones((1, 32, 32, network.input_shape[-1]), "float32")
            types = [layer.compute_dtype for layer in network.layers if hasattr(layer, "kernel")]
            assert {*types[:-1]} == {precision.removeprefix("mixed_")}
            assert types[-1] == network(x).dtype == "float32"
            assert {weight.dtype for weight in network.weights} == {"float32"}
        assert {layer.compute_dtype for layer in hyperprior.integer.layers} == {"float32"}
    assert {layer.compute_dtype for layer in compressor._flatten_layers()} == {"float32"}


def test_inside_a_residual_they_do_too():
    tree, convolution = config(), {"Conv2D": {"filters": 4, "kernel_size": 1}}
    layers = tree["layers"]["generator"]["layers"]["encoder"]["layers"]
    layers[1:1] = [{"Residual": {"layers": [convolution]}}]
    compressor = ImageCompressor(tree, 6)
    (inner,) = compressor.generator.encoder.layers[1].chain
    with computing(compressor, HALVES[0]):
        assert inner.compute_dtype == "bfloat16"
    assert inner.compute_dtype == "float32"


def test_another_precision_is_refused():
    compressor, *data = made(IMAGES, photographs.config)
    with pytest.raises(InputError, match=r"mixed_float16.*float64.*train.precision"):
        train(compressor, *data, 1, 0.01, precision="float64")
