"""Measures training speed: this pipeline, the reference design's loop, and a plain Keras fit.

    python -m benchmarks.measure.training

All train models/digits.json, the reference design's network, on the same real digits, in turn,
several times; the medians and their ratios are printed. Batches have 128 images, like the reference
design's; this pipeline is also measured with larger ones. The reference design's loop is the one in
its repository, without the pictures that it logs in every step: a loss of L1 and SSIM, by
`tf.image.ssim`, and again SSIM and PSNR as metrics. The plain fit has neither rate nor SSIM, which
shows what these cost.
"""

import statistics
import time
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from benchmarks import arguments
from image_compressor.data import datasets
from image_compressor.ingest.sources import digits
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.training import train

BATCH, LATENTS, ROUNDS = 128, 50, 5
SIZES = (128, 256, 512)
REFERENCE = "the reference design's loop"


def main() -> None:
    arguments(__doc__)
    images = np.stack([image.content for image in digits.images()])[..., None]
    ways = {
        **{f"this pipeline, batches of {size}": partial(ours, size=size) for size in SIZES},
        REFERENCE: reference,
        "plain fit": plain,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    timers = {name: way(images) for name, way in ways.items()}
    for _ in range(ROUNDS):
        for name, epoch in timers.items():
            started = time.perf_counter()
            epoch()
            rates[name].append(len(images) / (time.perf_counter() - started))
    reference_rate = statistics.median(rates[REFERENCE])
    for name, measured in rates.items():
        rate = statistics.median(measured)
        print(f"{name}: {rate:,.0f} images/s, {rate / reference_rate:.2f} of the reference's")


def ours(images, size):
    """Returns a function that runs one epoch of `training.train`, without its startup."""
    compressor = ImageCompressor(architecture.read("models/digits.json"), LATENTS)
    dataset = tf.data.Dataset.from_tensor_slices(images)
    batches = datasets.training_batches(dataset, size, shift=1, seed=0)
    train(compressor, batches, datasets.validation_batches(dataset.take(BATCH), BATCH), 1, 0.002)
    return lambda: compressor.fit(batches, verbose=0, shuffle=False)


def reference(images):
    generator = ImageCompressor(architecture.read("models/digits.json"), LATENTS).generator
    optimizer = keras.optimizers.Adam(0.002)
    metrics = [keras.metrics.Mean(), keras.metrics.Mean()]

    @tf.function
    def step(batch):
        x = tf.cast(batch, tf.float32) / 255
        with tf.GradientTape() as tape:
            x_hat = tf.clip_by_value(generator.decoder(generator.encoder(x)), 0, 1)
            ssim = tf.reduce_mean(tf.image.ssim(x, x_hat, 1.0))
            loss = 0.75 * (1 - ssim) + 0.25 * tf.reduce_mean(tf.abs(x - x_hat))
        variables = [*generator.encoder.trainable_variables, *generator.decoder.trainable_variables]
        optimizer.apply(tape.gradient(loss, variables), variables)
        metrics[0].update_state(tf.image.ssim(x, x_hat, 1.0))
        metrics[1].update_state(tf.image.psnr(x, x_hat, 1.0))

    batches = tf.data.Dataset.from_tensor_slices(images).batch(BATCH).prefetch(tf.data.AUTOTUNE)

    def epoch():
        for batch in batches:
            step(batch)

    epoch()
    return epoch


def plain(images):
    generator = ImageCompressor(architecture.read("models/digits.json"), LATENTS).generator
    model = keras.Sequential([generator.encoder, generator.decoder])
    model.compile(optimizer="adam", loss="mae", jit_compile=False)
    x = images / np.float32(255)
    model.fit(x, x, batch_size=BATCH, verbose=0)
    return lambda: model.fit(x, x, batch_size=BATCH, verbose=0)


if __name__ == "__main__":
    main()
