"""A hyper-decoder in whole numbers, whose results are the same on every machine."""

import keras
import numpy as np
from keras import ops

from image_compressor.codec.frozen.hyper_tables import MEAN_STEPS
from image_compressor.errors import InputError

EXACT = 2**24  # float32 represents every whole number up to this one
LARGEST = 255  # activation; and hyper-latent, which the codec ensures
BLANK = {"activation": None, "kernel_initializer": "zeros", "trainable": False, "use_bias": True}
OPERATIONS = {"Conv2D": 3, "Conv2DTranspose": 2}  # with the kernel's axis of the outputs


@keras.saving.register_keras_serializable("image_compressor")
class Dyadic(keras.layers.Layer):
    """Layer from whole numbers to whole numbers: `floor(x * factor)`, factors powers of two.

    Each channel has its own factor. The layer before adds half of 1/factor, so that this rounds.

    Args:
        inner: whether it is between layers, and clips to 0..LARGEST.
    """

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def build(self, input_shape):
        self.factors = self.add_weight(
            shape=input_shape[-1:], initializer="ones", trainable=False, name="factors"
        )

    def call(self, x):
        # Multiplying by a power of two is exact, and so is floor, on every machine.
        x = ops.floor(x * self.factors)
        return ops.clip(x, 0, LARGEST) if self.inner else x

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "inner": self.inner}


def blank(decoder):
    """Builds a network like a hyper-decoder, with a Dyadic after each convolution, for `fill`.

    Balle et al. 2019, "Integer networks for data compression with latent-variable models": the
    parameters of the entropy decoder must not differ by a bit between machines. Here, whole numbers
    are kept in float32, with all sums below 2^24 for any input, so that sums are exact in any
    order, on any runtime.

    Raises InputError unless all layers are convolutions, with ReLU except after the last.
    """
    network = keras.Sequential([keras.Input(decoder.input_shape[1:])], name="integer")
    for layer in decoder.layers:
        last = layer is decoder.layers[-1]
        activation = keras.activations.serialize(getattr(layer, "activation", None))
        if type(layer).__name__ not in OPERATIONS or activation != ("linear" if last else "relu"):
            raise InputError(
                "only Conv2D or Conv2DTranspose in the hyperprior's decoder, with the activation "
                "relu, or none in the last layer",
                f"{type(layer).__name__} {layer.name} with {activation}",
                "Change it: other layers cannot be computed in whole numbers.",
            )
        config = {**layer.get_config(), **BLANK}
        network.add(type(layer).from_config(config))
        network.add(Dyadic(not last, name=f"{layer.name}_dyadic"))
    return network


def fill(network, decoder, z_hat: list[np.ndarray], first: float, step: float) -> None:
    """Fills a `blank` network with the weights of the hyper-decoder.

    Its outputs are the means, in units of 1/MEAN_STEPS, and the indices of the scales.

    Args:
        z_hat: typical rounded hyper-latents, each float [1, h, w, D]. They determine the range of
            the activations; larger ones will be clipped.
        first, step: first value and step of the logarithms of the scales.
    """
    convolutions, dyadics, x, shift = network.layers[::2], network.layers[1::2], z_hat, 0
    for layer, convolution, dyadic in zip(decoder.layers, convolutions, dyadics, strict=True):
        kernel, bias = (ops.convert_to_numpy(weight).astype(np.float64) for weight in layer.weights)
        axis = OPERATIONS[type(layer).__name__]
        if dyadic.inner:
            x = [layer(part) for part in x]
            largest = max(float(ops.max(part)) for part in x)
            after = int(np.floor(np.log2(LARGEST / max(largest, 1e-3))))
        else:
            kernel, bias = _ends(np.moveaxis(kernel, axis, -1), bias, first, step)
            kernel, after = np.moveaxis(kernel, -1, axis), 0
        shifts = _shifts(np.moveaxis(kernel, axis, -1), bias, shift, after)
        scales = np.moveaxis((2.0**shifts)[:, None, None, None], 0, axis)
        up, down = 2.0 ** (shifts + shift), 2.0 ** (after - shifts - shift)
        halves = np.floor(0.5 / down)  # 0 where numbers do not become smaller
        convolution.set_weights([np.rint(kernel * scales), np.rint(bias * up) + halves])
        dyadic.set_weights([down])
        shift = after


def _ends(kernel, bias, first, step):
    """Rescales the last layer, outputs last, to means in 1/MEAN_STEPS and indices of scales."""
    half = len(bias) // 2
    factors = np.repeat([MEAN_STEPS, 1 / step], half)
    offsets = np.repeat([0.0, -first / step], half)
    return kernel * factors, bias * factors + offsets


def _shifts(kernel, bias, shift, after):
    """Finds the largest scale of each output's weights, a power of two, with sums below EXACT.

    Args:
        shift, after: the powers of two by which the inputs and the results are scaled.
    """
    sums = np.abs(kernel).sum(axis=(0, 1, 2)) * LARGEST + np.abs(bias) * 2.0**shift
    sums += 2.0 ** (shift - after - 1)  # the half that is added to round
    # Rounding may add at most 1/2 to each weight.
    roundings = kernel[..., 0].size * LARGEST
    return np.floor(np.log2((EXACT - roundings) / np.maximum(sums, 1e-9))).clip(-40, 40)
