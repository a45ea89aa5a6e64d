"""Complexity of networks: each layer's output, parameters and operations."""

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
        shape: shape of its output for one image, without the batch.
        parameters: number of parameters.
        macs: multiply-accumulates for one image, as counted by `macs`.
    """

    kind: str
    details: str
    shape: tuple[int, ...]
    parameters: int
    macs: int


def layers(network: keras.Sequential, shape: tuple[int, ...]) -> list[Layer]:
    """Lists the layers of a built network, for an input of `shape` without the batch."""
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
    """Counts a layer's multiply-accumulates for one image, with input `shape`.

    Every weight of a kernel is used once at each position of the output, or of the input if the
    convolution is transposed: positions * weights. A k x k convolution thus has
    H W k^2 C_in C_out / groups, and a dense layer C_in C_out. As usual, biases, activations,
    normalisations, pooling and the sum of a Residual are not counted, and positions where a kernel
    extends over the edge count in full.
    """
    if isinstance(layer, Residual):
        total = 0
        for inner in layer.chain:
            total += macs(inner, shape)
            shape = _after(inner, shape)
        return total
    weights = sum(math.prod(w.shape) for w in layer.weights if w.name.endswith("kernel"))
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    positions = shape if transposed else _after(layer, shape)
    return math.prod(positions[:-1]) * weights


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
