"""A trained ImageCompressor -> the integer tables of the codec."""

import numpy as np
from keras import ops

from image_compressor.codec.tables import PRECISION, QUALITIES, Bank, Tables
from image_compressor.errors import InputError
from image_compressor.model import mixture
from image_compressor.model.frequencies import TAIL, frozen

WIDEST = 2**12  # symbols on each side of 0
LARGEST_SAMPLE = 60_000  # images that classes are fitted to


def freeze(compressor, images: np.ndarray | None = None, classes: int = 1) -> list[Tables]:
    """The tables of each quality, of 1 (the coarsest bins) to 100 (the finest), in this order.

    With one class they are those of the compressor's density, which takes channels as
    independent. They are not: images of one kind, say a digit, have latents of their own. With
    more classes the codec writes for each latent vector its class, and its symbols with the
    class's tables (`mixture`); on digits 64 classes save a tenth of the bytes.

    Args:
        compressor: a trained ImageCompressor.
        images: uint8 [N, H, W, C] it was trained on; classes are fitted to them.
        classes: >= 1.

    Raises InputError for a density that is not finite or too wide to tabulate.
    """
    positions = np.linspace(1.0, 0.0, len(QUALITIES), dtype="float32")
    widths = ops.convert_to_numpy(compressor.generator.rates.widths(positions))
    if classes == 1:
        return tables(compressor.density, widths)
    if images is None:
        raise InputError("images to fit classes to", None, "Give those of the training.")
    if len(images) > LARGEST_SAMPLE:
        images = images[np.linspace(0, len(images) - 1, LARGEST_SAMPLE, dtype=int)]
    parts = [
        ops.convert_to_numpy(
            compressor.generator.encode(images[start : start + 256] / np.float32(255))
        )
        for start in range(0, len(images), 256)
    ]
    return mixture.tables(np.concatenate(parts).reshape(-1, widths.shape[1]), classes, widths)


def tables(density, widths: np.ndarray) -> list[Tables]:
    """Those of a FactorizedDensity, for each row of widths float32 [Q, C]: one a channel.

    Raises InputError for a density that is not finite or too wide to tabulate.
    """
    minimums, frequencies = [], []
    for row in widths:
        probabilities, smallest = _probabilities(density, row)
        for column in probabilities.T:
            first, table = frozen(column)
            minimums.append(smallest + first)
            frequencies.append(table)
    bank = Bank(np.array(minimums), frequencies)
    numbers = np.arange(widths.size).reshape(len(widths), 1, -1)
    one = np.array([2**PRECISION])
    return [
        Tables(bank, row, one, index, np.zeros_like(index))
        for row, index in zip(widths, numbers, strict=True)
    ]


def _probabilities(density, widths):
    """(float [symbols, C], the first symbol), of all but 2**-16 of each channel."""
    reach = 16
    while reach <= WIDEST:
        symbols = np.arange(-reach, reach + 1, dtype="float32")
        bits = ops.convert_to_numpy(density.bits(symbols[:, None] * widths, widths))
        probabilities = 2.0 ** -bits.astype(np.float64)
        if (probabilities.sum(axis=0) > 1 - TAIL).all():
            return probabilities, -reach
        reach *= 2
    raise InputError(
        f"densities within +-{WIDEST}",
        f"{(~(probabilities.sum(axis=0) > 1 - TAIL)).sum()} channels wider or not finite",
        "Raise train.rate_weights, or lower train.learning_rate.",
    )
