"""Training of an ImageCompressor."""

import keras
from tqdm.keras import TqdmCallback

from image_compressor.errors import InputError
from image_compressor.training.progress import Progress

WARMUP = 200  # steps
ITERATORS = {"tensorflow": 2}  # iterators of `batches` that `fit` makes per epoch; others: 1


def make_deterministic(seed):
    """Seeds Python, NumPy and Keras, and makes the backend's operations deterministic."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def train(
    compressor,
    batches,
    validation,
    epochs,
    learning_rate,
    largest_gradient=10.0,
    averaging=0.0,
    callbacks=(),
    progress=None,
    adversarial=0.0,
):
    """Trains with Adam and a learning rate that warms up, then falls to 0 along a half cosine.

    Keeps the weights with the lowest loss on `validation`. Shows a progress bar with the time left.

    Args:
        compressor: an ImageCompressor; changed in place.
        batches, validation: datasets of (x, x), see `data.datasets`.
        epochs: passes over `batches`, >= 1.
        learning_rate: the highest learning rate.
        largest_gradient: global norm to which gradients are clipped.
        averaging: momentum of a moving average of the weights, which is then kept; or 0.
        callbacks: additional Keras callbacks.
        progress: a Progress to resume from, which keeps checkpoints.
        adversarial: weight of the loss for fooling the compressor's discriminator. If above 0, the
            discriminator is trained too, with its own Adam, and the final weights are kept, because
            no loss tells which are best.

    Returns: the Keras History, one value per metric and epoch.
    Raises InputError if the loss is repeatedly not finite, and for an adversarial training without
    a discriminator.
    """
    adversary = _adversary(compressor, adversarial)
    steps = epochs * int(batches.cardinality())
    optimizer = _optimizer(steps, learning_rate, largest_gradient, averaging, adversary)
    # XLA is three times slower for this on a CPU, but JAX has no other way.
    compressor.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
    optimizer.build(compressor.trainable_variables)
    keep_best = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=epochs, restore_best_weights=not adversarial
    )
    watching = [
        keras.callbacks.History(),
        TqdmCallback(epochs, verbose=0, desc="training"),
        *callbacks,
    ]
    progress = progress or Progress()
    done = progress.begin(compressor, optimizer, keep_best, watching)
    for _ in range(ITERATORS.get(keras.backend.backend(), 1) * done):  # each draws a new order
        iter(batches)
    history = compressor.fit(
        batches,
        validation_data=validation,
        initial_epoch=done,
        epochs=epochs,
        shuffle=False,  # `batches` are shuffled already
        verbose=0,
        callbacks=[
            # Before keep_best, so that it keeps averages too.
            *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if averaging else []),
            keep_best,
            *watching,
            progress,  # last, because it replays finished epochs to the others
        ],
    )
    # Replaces Adam, whose state takes twice the bytes of the weights and is no longer needed.
    compressor.compile(optimizer="sgd", jit_compile=False)
    return history


def _adversary(compressor, adversarial):
    """Returns the discriminator if it is to be trained, else None."""
    if compressor.discriminator is not None:
        compressor.discriminator.trainable = adversarial > 0
    elif adversarial:
        raise InputError(
            "Adversarial training needs a discriminator, but the model.json has none. Add one "
            "beside model.layers, or set train.adversarial_epochs to 0."
        )
    compressor.adversarial = adversarial
    return compressor.discriminator if adversarial else None


def _optimizer(steps, learning_rate, largest_gradient, averaging, discriminator):
    """Makes an Adam optimizer, and a second one for a discriminator if there is one."""
    # In short trainings, a tenth of the steps was too few: it was luck whether they got anywhere.
    warmup = min(WARMUP, steps // 4)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    settings = {
        "global_clipnorm": largest_gradient,
        "use_ema": averaging > 0,
        "ema_momentum": averaging or None,
    }
    optimizer = keras.optimizers.Adam(schedule, beta_2=0.99, **settings)
    if discriminator is None:
        return optimizer
    # Without momentum, so that it follows the generator's current state.
    other = keras.optimizers.Adam(learning_rate, beta_1=0.0, **settings)
    others = {variable.path: other for variable in discriminator.trainable_variables}
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(optimizer, others))
