"""The codec without its entropy coder as a TensorFlow SavedModel.

    model = tf.saved_model.load("models/exported/saved_model")    # without this package
    symbols = model.encode(images, 60)                            # quality 60; the default is 50
    images = model.decode(symbols, 60)
    images = model.compress_decompress(images, 60)

The functions are also signatures, which take named tensors, including quality, and return a dict:
`model.signatures["encode"](images=tf.constant(images), quality=tf.constant(60))`.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.codec.transform import DEFAULT_QUALITY
from image_compressor.export.trained_model import TrainedModel
from image_compressor.export.verification import check_codec, check_pixels

SAVED_MODEL = "saved_model"  # a directory


class SavedModel(tf.Module):
    """Images uint8 [N, H, W, C] <-> symbols int32 [N, ..., channels], at a quality of 1 to 100."""

    def __init__(self, trained: TrainedModel):
        super().__init__()
        generator = trained.generator
        # As attributes, so that their variables are saved.
        self.encoder, self.decoder = generator.encoder, generator.decoder
        self.widths = tf.constant(np.stack([tables.widths for tables in trained.qualities]))
        images = tf.TensorSpec([None, *generator.image_shape], tf.uint8, "images")
        symbols = tf.TensorSpec([None, *generator.latent_shape], tf.int32, "symbols")
        quality = tf.TensorSpec([], tf.int32, "quality")
        self.encode = tf.function(self._encode, [images, quality])
        self.decode = tf.function(self._decode, [symbols, quality])
        self.compress_decompress = tf.function(self._compress_decompress, [images, quality])

    def _encode(self, images, quality=DEFAULT_QUALITY):
        y = self.encoder(tf.cast(images, tf.float32) * np.float32(1 / 255))
        return tf.cast(tf.round(y / self._widths_of(quality)), tf.int32)

    def _decode(self, symbols, quality=DEFAULT_QUALITY):
        y_hat = tf.cast(symbols, tf.float32) * self._widths_of(quality)
        images = tf.clip_by_value(self.decoder(y_hat), 0.0, 1.0)
        return tf.cast(images * 255.0 + 0.5, tf.uint8)

    def _compress_decompress(self, images, quality=DEFAULT_QUALITY):
        return self._decode(self._encode(images, quality), quality)

    def _widths_of(self, quality):
        known = (quality >= QUALITIES[0]) & (quality <= QUALITIES[-1])
        refusal = ["Expected a quality of 1 to 100. Received:", quality]
        with tf.control_dependencies([tf.debugging.Assert(known, refusal)]):
            return tf.identity(self.widths[quality - 1])


def write(trained: TrainedModel, directory: Path) -> None:
    """Writes the directory `saved_model`."""
    model, path = SavedModel(trained), directory / SAVED_MODEL
    signatures = {
        name: getattr(model, name) for name in ("encode", "decode", "compress_decompress")
    }
    tf.saved_model.save(model, path, signatures)
    # It differs in each run, and is only used for TensorFlow's statistics.
    (path / "fingerprint.pb").unlink(missing_ok=True)


def verify(trained: TrainedModel, directory: Path) -> None:
    """Raises InputError if the directory's model computes something else."""
    model = tf.saved_model.load(directory / SAVED_MODEL)
    check_codec("saved_model", _Loaded(model), trained)
    expected = model.decode(model.encode(trained.images))
    written = model.compress_decompress(trained.images)
    check_pixels("saved_model", written.numpy(), expected.numpy())


class _Loaded:
    """Loaded SavedModel as a `verification.SymbolCodec`."""

    def __init__(self, model):
        self.model = model

    def encode(self, images, quality):
        return self.model.encode(images, quality).numpy()

    def decode(self, symbols, quality):
        return self.model.decode(symbols, quality).numpy()
