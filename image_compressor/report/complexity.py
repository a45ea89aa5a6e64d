"""What each layer of a network makes, holds and computes."""

import math
from dataclasses import dataclass

import keras

from image_compressor.model.layers import Residual


@dataclass(frozen=True)
class Layer:
    """A layer of a built network.

    Attributes:
        kind: its class in model.json.
        details: kernel, stride and activation, for a reader; may be empty.
        shape: of what it makes of one image, without the batch.
        parameters: how many numbers it holds.
        macs: multiply-accumulates for one image, as `macs` counts them.
    """

    kind: str
    details: str
    shape: tuple[int, ...]
    parameters: int
    macs: int


def layers(network: keras.Sequential, shape: tuple[int, ...]) -> list[Layer]:
    """Those of a built network, in order, for an input of `shape`, without the batch."""
    found = []
    for layer in network.layers:
        after = _after(layer, shape)
        count = macs(layer, shape)
        found.append(
            Layer(type(layer).__name__, _details(layer), after, layer.count_params(), count)
        )
        shape = after
    return found


def macs(layer: keras.layers.Layer, shape: tuple[int, ...]) -> int:
    """Multiply-accumulates of a layer for one image, whose form before it is `shape`.

    Every weight of a kernel is used once at each place of the output, or of the input where the
    convolution is transposed: places * weights. So a convolution of k x k has
    H W k^2 C_in C_out / groups, and a dense layer C_in C_out. As is usual, biases, activations,
    normalisations, pooling and the sum of a Residual are not counted; nor is it taken off where
    a kernel lies over the edge.
    """
    if isinstance(layer, Residual):
        total = 0
        for inner in layer.chain:
            total += macs(inner, shape)
            shape = _after(inner, shape)
        return total
    weights = sum(math.prod(w.shape) for w in layer.weights if w.name.endswith("kernel"))
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    places = shape if transposed else _after(layer, shape)
    return math.prod(places[:-1]) * weights


def _after(layer, shape):
    return tuple(layer.compute_output_shape((None, *shape))[1:])


def _details(layer):
    if isinstance(layer, Residual):
        chain = [f"{type(inner).__name__} {_details(inner)}" for inner in layer.chain]
        return " + ".join(text.removeprefix("Activation ").strip() for text in chain)
    config = layer.get_config()
    kernel, strides = config.get("kernel_size"), config.get("strides")
    activation = config.get("activation")
    parts = [
        "x".join(map(str, kernel)) if kernel else "",
        f"stride {strides[0]}" if strides and max(strides) > 1 else "",
        activation if isinstance(activation, str) and activation != "linear" else "",
    ]
    return ", ".join(filter(None, parts))
