"""The weights of a released codec, from which a training may start."""

import json
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.hyper_tables import MEAN_STEPS, HyperTables
from image_compressor.codec.frozen.tables import Bank
from image_compressor.codec.frozen.tflite import Graph
from image_compressor.errors import InputError
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.density import FactorizedDensity
from image_compressor.model.hyperprior import LOG_SCALES, STEP, MeanScaleHyperprior
from image_compressor.model.layers import GDN
from image_compressor.model.rates import Rates

RELEASED = Path("models/released")
# From LiteRT's order of a kernel's axes, [out, h, w, in], to that of the layer.
AXES = {"Conv2D": (1, 2, 3, 0), "Conv2DTranspose": (1, 2, 0, 3)}
NEW = 0.3  # standard deviation of the weights that read new latents, in that of the others
NARROWEST = 0.15  # standard deviation of hyper-latents that are always 0
ROUNDING = 0.5  # is in the biases of an integer hyper-decoder, see `model.integer`
Kernels = list[tuple[np.ndarray, np.ndarray]]  # kernel [out, h, w, in] and bias [out], by layer


def begin(compressor: ImageCompressor, name: str, released: Path = RELEASED) -> None:
    """Gives an untrained compressor the networks and the widths of bins of a released codec.

    A codec for grey images starts from one for colours as if they had three equal channels. More
    latents than the codec has start with small random weights. A codec has only the tables of the
    density of hyper-latents, which starts with their moments.

    Args:
        compressor: for images of any size, with a hyperprior and the layers of the codec, and as
            many latents or more.
        name: the directory of the codec in `released`.

    Raises InputError if the codec has other layers.
    """
    generator, density, directory = compressor.generator, compressor.density, released / name
    tables = table_file.load((directory / table_file.TABLES).read_bytes())
    if not isinstance(density, MeanScaleHyperprior) or not isinstance(tables[0], HyperTables):
        raise InputError(
            f"train.start is {name}, but only a model for images of any size can start from a "
            "codec, and only from one for images of any size. Set it to null."
        )
    networks = {
        "encoder": generator.encoder,
        "decoder": generator.decoder,
        "hyper_encoder": density.encoder,
        "hyper_decoder": density.decoder,
    }
    files = {part: (directory / f"{part}.tflite").read_bytes() for part in networks}
    kernels = {part: Graph(content).convolutions() for part, content in files.items()}
    if generator.image_shape[-1] == 1:
        _grey(kernels["encoder"], kernels["decoder"])
    kernels["hyper_decoder"] = _floats(kernels["hyper_decoder"])
    widths = np.stack([one.widths for one in tables])
    more = generator.latent_shape[-1] - widths.shape[1]
    if more > 0:
        _widen(kernels, more, compressor.seed)
        widths = np.hstack([widths, widths.mean(axis=1, keepdims=True).repeat(more, axis=1)])
    for part, network in networks.items():
        _fill(network, kernels[part], f"the {part} of {name}")
    _spread(density.density, tables[0].bank)
    rates = generator.rates
    rates.log_widths.assign(_log_widths(rates, widths, _rate_weights(directory)))


def _grey(encoder: Kernels, decoder: Kernels) -> None:
    """Changes the first and the last kernel from three channels to one."""
    (first, bias), (last, offsets) = encoder[0], decoder[-1]
    encoder[0] = first.sum(axis=3, keepdims=True), bias
    decoder[-1] = last.mean(axis=0, keepdims=True), offsets.mean(keepdims=True)


def _floats(kernels: Kernels) -> Kernels:
    """The kernels of a hyper-decoder in floats, from those of the integer one.

    Each layer is scaled so that its activations are about as large as its inputs (He et al. 2015).
    """
    floats, scale = [], 1.0
    for kernel, bias in kernels[:-1]:
        kernel = kernel * scale
        scale = float(np.sqrt(np.square(kernel[0].size * kernel).mean() / kernel[0].size / 2))
        floats.append((kernel / scale, (bias - ROUNDING) / scale))
    kernel, bias = kernels[-1]
    half = len(bias) // 2
    factors = np.repeat(np.array([1 / MEAN_STEPS, STEP], np.float32), half)
    offsets = np.repeat(np.array([0, LOG_SCALES[0]], np.float32), half)
    last = scale * factors[:, None, None, None] * kernel, (bias - ROUNDING) * factors + offsets
    return [*floats, last]


def _widen(kernels: dict[str, Kernels], more: int, seed: int) -> None:
    """Adds latents: outputs of the encoder, inputs of what reads latents, means and scales."""
    noise = np.random.default_rng(seed)

    def added(kernel, axis, size):
        shape = [*kernel.shape[:axis], more, *kernel.shape[axis + 1 :]]
        return np.append(kernel, noise.normal(0, size * kernel.std(), shape), axis)

    last, bias = kernels["encoder"][-1]
    kernels["encoder"][-1] = added(last, 0, 1), np.append(bias, np.zeros(more))
    for part in ("decoder", "hyper_encoder"):
        first, bias = kernels[part][0]
        kernels[part][0] = added(first, 3, NEW), bias
    last, bias = kernels["hyper_decoder"][-1]
    halves = [added(half, 0, NEW) for half in np.split(last, 2)]
    offsets = [np.append(half, np.zeros(more)) for half in np.split(bias, 2)]
    kernels["hyper_decoder"][-1] = np.concatenate(halves), np.concatenate(offsets)


def _fill(network: keras.Sequential, kernels: Kernels, what: str) -> None:
    layers = [layer for layer in network.layers if layer.weights]
    try:
        for layer, pair in zip(layers, kernels, strict=True):
            layer.set_weights(_weights(layer, *pair))
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{what}, from which train.start begins, has other layers than train.architecture "
            f"({error}). Use its architecture and its latent_dims, or set train.start to null."
        ) from None


def _weights(layer, kernel, bias):
    if isinstance(layer, GDN):
        beta = np.sqrt(np.maximum(bias - GDN.LOWEST_BETA, 0))
        return [beta, np.sqrt(np.maximum(kernel[:, 0, 0].T, 0))]
    return [kernel.transpose(AXES[type(layer).__name__]), bias]


def _spread(density: FactorizedDensity, bank: Bank) -> None:
    """Gives each of D channels of an untrained density the mean and the spread of its table.

    Untrained, the logit of its cumulative is linear, as that of a logistic distribution with the
    mean m and the standard deviation d is: `(y - m) pi / (sqrt(3) d)`.
    """
    first, last = density.matrices[0], density.biases[-1]
    count = first.shape[0]
    tables = zip(bank.minimums[:count], bank.frequencies[:count], strict=True)
    moments = np.array([_moments(*each) for each in tables], np.float32)
    means, deviations = moments.T.reshape(2, count, 1, 1)
    steepness = np.diff(_logits(density, np.array([[[0, 1]]], np.float32)))
    factor = np.pi / (np.sqrt(3) * np.maximum(deviations, NARROWEST)) / steepness
    first.assign(np.log(np.expm1(np.log1p(np.exp(ops.convert_to_numpy(first))) * factor)))
    last.assign(last - _logits(density, means))


def _moments(minimum, frequencies):
    """The mean and the standard deviation of the symbols of a table, but for the escape."""
    shares = frequencies[:-1] / frequencies[:-1].sum()
    symbols = minimum + np.arange(len(shares))
    mean = shares @ symbols
    return mean, np.sqrt(shares @ np.square(symbols - mean))


def _logits(density, y):
    return ops.convert_to_numpy(density.cumulative_logits(y))


def _log_widths(rates: Rates, widths: np.ndarray, weights: Sequence[float]) -> np.ndarray:
    """Logarithms of widths at each level of the rates, the finest first.

    Beyond the rate weights of the codec, they grow as the square root of the rate weight.

    Args:
        widths: float32 [Q, C], of the codec at all qualities, the coarsest first.
        weights: (lowest, highest) rate weight of the codec.
    """
    logs = np.log(widths[::-1])
    (low, high), (lowest, highest) = np.log(weights), np.log(rates.rate_weights)
    known, wanted = np.linspace(low, high, len(logs)), np.linspace(lowest, highest, rates.levels)
    inside = np.stack([np.interp(wanted, known, column) for column in logs.T], axis=1)
    return inside + 0.5 * (wanted - wanted.clip(low, high))[:, None]


def _rate_weights(directory: Path) -> Sequence[float]:
    """The rate weights with which a codec was trained, by its card."""
    card = json.loads((directory / "card.json").read_text("utf-8"))
    return card["parameters"]["train"]["rate_weights"]
