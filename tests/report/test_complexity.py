"""Multiply-accumulates, counted by hand."""

import keras
import pytest

from image_compressor.model import architecture
from image_compressor.model.generator import Generator
from image_compressor.model.layers import make
from image_compressor.report import complexity
from tests.conftest import ROOT

SAME = {"kernel_size": 3, "padding": "same"}


@pytest.mark.parametrize(
    ("kind", "arguments", "expected"),
    [
        ("Conv2D", {"filters": 5, "kernel_size": 3}, 6 * 4 * 9 * 4 * 5),
        ("Conv2D", {"filters": 5, "strides": 2, **SAME}, 4 * 3 * 9 * 4 * 5),
        ("Conv2D", {"filters": 6, "groups": 2, **SAME}, 8 * 6 * 9 * 2 * 6),
        ("Conv2DTranspose", {"filters": 5, "strides": 2, **SAME}, 8 * 6 * 9 * 4 * 5),
        ("DepthwiseConv2D", {"depth_multiplier": 2, **SAME}, 8 * 6 * 9 * 4 * 2),
        ("SeparableConv2D", {"filters": 5, **SAME}, 8 * 6 * (9 * 4 + 4 * 5)),
        ("Dense", {"units": 7}, 8 * 6 * 4 * 7),
        ("BatchNormalization", {}, 0),
        ("MaxPooling2D", {}, 0),
        ("Activation", {"activation": "relu"}, 0),
    ],
)
def test_a_layer_multiplies_every_weight_of_its_kernel_at_every_place(kind, arguments, expected):
    layer = make(kind, arguments)
    layer.build((None, 8, 6, 4))
    assert complexity.macs(layer, (8, 6, 4)) == expected


def test_a_residual_costs_what_its_layers_do_and_one_inside_another_too():
    convolution = {"Conv2D": {"filters": 4, **SAME}}
    inner = {"Residual": {"layers": [{"ReLU": {}}, convolution]}}
    layer = make("Residual", {"layers": [convolution, inner, convolution]})
    layer.build((None, 8, 6, 4))
    assert complexity.macs(layer, (8, 6, 4)) == 3 * 8 * 6 * 9 * 4 * 4


def test_the_shipped_network_is_what_its_file_says():
    generator = Generator(architecture.read(ROOT / "models/digits.json"), 50)
    encoder = complexity.layers(generator.encoder, generator.image_shape)
    decoder = complexity.layers(generator.decoder, generator.latent_shape)
    assert [layer.shape for layer in encoder] == [(14, 14, 20), (7, 7, 50), (2450,), (500,), (50,)]
    assert [layer.macs for layer in encoder] == [98000, 1225000, 0, 1225000, 25000]
    assert [layer.macs for layer in decoder] == [25000, 1225000, 0, 1225000, 98000]
    for layers, network in ((encoder, generator.encoder), (decoder, generator.decoder)):
        assert sum(layer.parameters for layer in layers) == network.count_params()


@pytest.mark.parametrize("name", ["digits-best", "digits-fast", "photos-32", "photos-64"])
def test_the_shapes_are_those_of_the_network(name):
    generator = Generator(architecture.read(ROOT / f"models/{name}.json"), 8)
    for network in (generator.encoder, generator.decoder):
        shapes = [layer.shape for layer in complexity.layers(network, network.input_shape[1:])]
        model = keras.Model(network.inputs, [layer.output for layer in network.layers])
        assert shapes == [tuple(output.shape[1:]) for output in model.outputs]
