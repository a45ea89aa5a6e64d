"""Fits an ImageCompressor."""

import keras
from tqdm.keras import TqdmCallback

from image_compressor.errors import InputError
from image_compressor.training.progress import Progress

WARMUP = 200  # steps
ITERATORS = {"tensorflow": 2}  # that `fit` makes of `batches` in an epoch; others: 1


def make_deterministic(seed):
    """Seeds Python, NumPy and Keras, and has the backend compute the same way each time."""
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
    """Trains with Adam, its rate rising for a little and falling to 0 along a half cosine.

    Keeps the best weights, those with the lowest loss on `validation`. Shows a progress bar with
    the time left.

    Args:
        compressor: an ImageCompressor; changed in place.
        batches, validation: datasets of (x, x), see `data.datasets`.
        epochs: passes over `batches`, >= 1.
        learning_rate: the highest.
        largest_gradient: norm over all weights, to which larger ones are cut.
        averaging: momentum of a moving average of the weights, which is what is kept; or 0.
        callbacks: further Keras callbacks.
        progress: a Progress that says where to go on, and keeps how far it is.
        adversarial: weight of fooling the compressor's discriminator, which then is trained too, by
            an Adam of its own; the weights of the end are kept, as no loss says which are best.

    Returns: the Keras History, one value a metric and epoch.
    Raises InputError when the loss is not finite again and again, and for an adversarial training
    without a discriminator.
    """
    adversary = _adversary(compressor, adversarial)
    steps = epochs * int(batches.cardinality())
    optimizer = _optimizer(steps, learning_rate, largest_gradient, averaging, adversary)
    # XLA is three times slower for this on a CPU; JAX has nothing else.
    compressor.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
    optimizer.build(compressor.trainable_variables)
    keep_best = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=epochs, restore_best_weights=not adversarial
    )
    told = [
        keras.callbacks.History(),
        TqdmCallback(epochs, verbose=0, desc="training"),
        *callbacks,
    ]
    progress = progress or Progress()
    done = progress.begin(compressor, optimizer, keep_best, told)
    for _ in range(ITERATORS.get(keras.backend.backend(), 1) * done):  # each draws another order
        iter(batches)
    history = compressor.fit(
        batches,
        validation_data=validation,
        initial_epoch=done,
        epochs=epochs,
        shuffle=False,  # `batches` are shuffled already
        verbose=0,
        callbacks=[
            # Before what keeps the best: those are averages too.
            *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if averaging else []),
            keep_best,
            *told,
            progress,  # last: it tells the others of the epochs that are done
        ],
    )
    # Another optimizer: what Adam keeps takes twice the weights' bytes, and is of no use now.
    compressor.compile(optimizer="sgd", jit_compile=False)
    return history


def _adversary(compressor, adversarial):
    """The discriminator, where it takes part, else None."""
    if compressor.discriminator is not None:
        compressor.discriminator.trainable = adversarial > 0
    elif adversarial:
        raise InputError(
            "a discriminator in the model.json, to train against",
            "none",
            "Add one beside model.layers, or set train.adversarial_epochs to 0.",
        )
    compressor.adversarial = adversarial
    return compressor.discriminator if adversarial else None


def _optimizer(steps, learning_rate, largest_gradient, averaging, discriminator):
    """Adam; with a discriminator two, one of them its own."""
    warmup = min(WARMUP, steps // 10)
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
    # Without momentum it follows what the generator does now.
    other = keras.optimizers.Adam(learning_rate, beta_1=0.0, **settings)
    others = {variable.path: other for variable in discriminator.trainable_variables}
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(optimizer, others))
