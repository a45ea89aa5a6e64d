"""Fits an ImageCompressor."""

import math

import keras
from tqdm.keras import TqdmCallback

from image_compressor.errors import InputError

WARMUP = 200  # steps
LARGEST_GRADIENT = 10.0  # norm over all weights; lower values hold back ordinary steps too


def make_deterministic(seed):
    """Seeds Python, NumPy and Keras, and has the backend compute the same way each time."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def train(compressor, batches, validation, epochs, learning_rate, callbacks=()):
    """Trains with Adam, its rate rising for a little and falling to 0 along a half cosine.

    Keeps the best weights, those with the lowest loss on `validation`. Shows a progress bar with
    the time left.

    Args:
        compressor: an ImageCompressor; changed in place.
        batches, validation: datasets of (x, x), see `data.datasets`.
        epochs: passes over `batches`, >= 1.
        learning_rate: the highest.
        callbacks: further Keras callbacks.

    Returns: the Keras History, one value a metric and epoch.
    Raises InputError when the loss stops being finite.
    """
    steps = epochs * int(batches.cardinality())
    warmup = min(WARMUP, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    optimizer = keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=LARGEST_GRADIENT)
    # jit_compile: XLA is three times slower for this on a CPU.
    compressor.compile(optimizer=optimizer, jit_compile=False)
    keep_best = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=epochs, restore_best_weights=True
    )
    history = compressor.fit(
        batches,
        validation_data=validation,
        epochs=epochs,
        shuffle=False,  # `batches` are shuffled already
        verbose=0,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keep_best,
            TqdmCallback(epochs, verbose=0, desc="training"),
            *callbacks,
        ],
    )
    losses = history.history["loss"]
    if not math.isfinite(losses[-1]):
        raise InputError(
            "a finite loss",
            f"{losses[-1]} in epoch {len(losses)}",
            "Lower train.learning_rate, or check the images.",
        )
    return history
