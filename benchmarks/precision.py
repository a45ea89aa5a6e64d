"""What precisions are worth on this machine: steps a second, and the loss that they come to.

    python -m benchmarks.precision images.npy [--batch-size 64]

Trains models/photo.json, by the settings in photos.yaml, on crops of uint8 images [N, H, W, 3]: in
each precision from the same weights, on the same crops. Steps are timed once the first epoch has
compiled what they run. It is Keras alone: KERAS_BACKEND=jax has it run without TensorFlow.
"""

import argparse
import time
from pathlib import Path

import keras
import numpy as np
from ruamel.yaml import YAML

from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.precision import PRECISIONS
from image_compressor.model.training import make_deterministic, train

SETTINGS = YAML(typ="safe").load(Path(__file__).with_name("photos.yaml").read_text("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path, help="of at least 128x128 pixels, by numpy.save")
    parser.add_argument("--batch-size", type=int, default=SETTINGS["batch_size"])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--steps", type=int, default=100, help="of an epoch")
    options = parser.parse_args()
    images, rates = np.load(options.images), {}
    for precision in PRECISIONS:
        batches = Crops(images, options.batch_size, options.steps)
        timer, compressor = Timer(), untrained()
        history = fit(compressor, batches, options.epochs, callbacks=[timer], precision=precision)
        rates[precision] = rate = 1 / np.median(np.diff(timer.times[options.steps :]))
        loss, ratio = history.history["loss"][-1], rate / rates["float32"]
        print(f"{precision}: {rate:.1f} steps/s, {ratio:.2f} of float32's; loss {loss:.4f}")


def untrained() -> ImageCompressor:
    """models/photo.json with the first weights of the seed."""
    make_deterministic(SETTINGS["seed"])
    names = ("latent_dims", "alpha", "rate_weights", "levels", "seed")
    config = architecture.read(SETTINGS["architecture"])
    return ImageCompressor(config, *(SETTINGS[name] for name in names))


def fit(compressor, batches, epochs, learning_rate=SETTINGS["learning_rate"], **others):
    """`training.train`, with one batch to validate with."""
    names = ("largest_gradient", "averaging")
    how = {**{name: SETTINGS[name] for name in names}, **others}
    one = Crops(batches.images, batches.size, 1)
    return train(compressor, batches, one, epochs, learning_rate, **how)


class Crops(keras.utils.PyDataset):
    """Batches (x, x) of crops, every second one mirrored, float32 [size, side, side, 3] in 0..1.

    Others in each epoch, and the same each time.
    """

    def __init__(self, images, size, steps, side=SETTINGS["crop"]):
        super().__init__(workers=4)
        self.images, self.size, self.steps, self.side, self.epoch = images, size, steps, side, 0

    def __len__(self):
        return self.steps

    cardinality = __len__  # as tf.data has it

    def __getitem__(self, number):
        random = np.random.default_rng((self.epoch, number))
        x = np.empty((self.size, self.side, self.side, 3), np.float32)
        for place in x:
            image = self.images[random.integers(len(self.images))]
            top, left = (random.integers(size - self.side + 1) for size in image.shape[:2])
            crop = image[top : top + self.side, left : left + self.side]
            place[:] = crop[:, :: random.choice((1, -1))]
        x /= 255
        return x, x

    def on_epoch_end(self):
        self.epoch += 1


class Timer(keras.callbacks.Callback):
    """When each step was done."""

    def __init__(self):
        super().__init__()
        self.times = []

    def on_train_batch_end(self, batch, logs=None):
        assert logs["loss"] == logs["loss"]  # waits for the device, too
        self.times.append(time.perf_counter())


if __name__ == "__main__":
    main()
