"""Networks that compute in a half type while they are trained."""

import contextlib

import keras

from image_compressor.errors import InputError
from image_compressor.model.hyperprior import MeanScaleHyperprior

FLOAT16 = "mixed_float16"
PRECISIONS = ("float32", "mixed_bfloat16", FLOAT16)  # Keras' names for its policies


@contextlib.contextmanager
def computing(compressor, precision):
    """Within it the networks of an ImageCompressor compute in `precision`, one of PRECISIONS.

    That is what they multiply by kernels: convolutions and Dense layers, all but the last of each
    network. Weights stay float32, and so do what networks make (latents, means and scales, images,
    logits), GDN, densities and losses. Afterwards the model is as before, a float32 one.

    Raises InputError for another precision.
    """
    if precision not in PRECISIONS:
        raise InputError(f"one of {', '.join(PRECISIONS)}", precision, "Set train.precision to it.")
    networks = _networks(compressor) if precision != PRECISIONS[0] else []
    layers = [layer for one in networks for layer in [*_with_kernel(one.layers)][:-1]]
    before = [layer.dtype_policy for layer in layers]
    try:
        for layer in layers:
            layer.dtype_policy = precision
        yield
    finally:
        for layer, policy in zip(layers, before, strict=True):
            layer.dtype_policy = policy


def scaled(optimizer, precision):
    """The optimizer; with float16, where small gradients are 0, by a loss as large as it can be."""
    return keras.optimizers.LossScaleOptimizer(optimizer) if precision == FLOAT16 else optimizer


def _networks(compressor):
    parts = [compressor.generator]
    if isinstance(compressor.density, MeanScaleHyperprior):
        parts.append(compressor.density)
    networks = [network for part in parts for network in (part.encoder, part.decoder)]
    if compressor.discriminator is not None:
        networks.append(compressor.discriminator.patches)
    return networks


def _with_kernel(layers):
    """Those that have one, inside of Residual too."""
    for layer in layers:
        if hasattr(layer, "kernel"):
            yield layer
        else:
            yield from _with_kernel(getattr(layer, "chain", ()))
