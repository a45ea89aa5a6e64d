"""A training resumes after it was stopped or had a loss that is not finite."""

import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from image_compressor import InputError
from image_compressor.data import datasets
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.progress import Progress, fingerprint
from image_compressor.training.training import make_deterministic, train
from tests.conftest import config


class Stop(keras.callbacks.Callback):
    """Callback that stops a training in the middle of an epoch, like a kill."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch, self.seen = epoch, []

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, logs["val_loss"]))

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch and batch == 1:
            raise KeyboardInterrupt


def run(pictures, going_on=None, stop=None, averaging=0.9, epochs=4, **spoil):
    make_deterministic(5)
    compressor = ImageCompressor(config(), 6, seed=5)
    dataset = tf.data.Dataset.from_tensor_slices(pictures[..., None])
    callback = spoil.get("callback") or Stop(stop)
    history = train(
        compressor,
        datasets.training_batches(dataset, 8, 1, 5, flip=True),
        datasets.validation_batches(dataset, 16),
        epochs,
        spoil.get("learning_rate", 0.01),
        averaging=averaging,
        callbacks=[callback],
        progress=going_on,
    )
    return compressor.get_weights(), history.history, callback


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture(scope="module")
def undisturbed(pictures):
    """The results of `run` without a disturbance."""
    return run(pictures)


@pytest.fixture(scope="module")
def checkpoint(pictures, tmp_path_factory):
    """The file of a training with the key "one" that was stopped in its second epoch."""
    path = tmp_path_factory.mktemp("stopped") / "progress.npz"
    with pytest.raises(KeyboardInterrupt):
        run(pictures, Progress(path, "one"), 1)
    return path.read_bytes()


@pytest.mark.parametrize("averaging", [0.9, pytest.param(0, marks=pytest.mark.torture)])
def test_a_training_that_was_stopped_twice_ends_as_if_it_had_not_been(
    pictures, tmp_path, undisturbed, checkpoint, averaging
):
    weights, history, whole = undisturbed if averaging else run(pictures, averaging=0)
    path = tmp_path / "progress.npz"
    if averaging:
        path.write_bytes(checkpoint)
    for stop in (3,) if averaging else (1, 3):
        with pytest.raises(KeyboardInterrupt):
            run(pictures, Progress(path, "one"), stop, averaging)
        assert path.is_file()
    again, resumed, callback = run(pictures, Progress(path, "one"), averaging=averaging)
    assert same(weights, again)
    assert resumed == history
    assert callback.seen == whole.seen
    assert path.exists()


def test_what_is_of_another_training_or_broken_is_not_used(tmp_path, checkpoint):
    compressor, optimizer = ImageCompressor(config(), 6, seed=5), keras.optimizers.Adam()
    optimizer.build(compressor.trainable_variables)

    def finished(content, key):
        """The epochs that a training with that key skips."""
        (tmp_path / "progress.npz").write_bytes(content)
        progress = Progress(tmp_path / "progress.npz", key)
        return progress.begin(compressor, optimizer, keras.callbacks.EarlyStopping(), [])

    assert finished(checkpoint, "one") == 1
    assert finished(checkpoint, "another") == finished(checkpoint[:-100], "one") == 0


class Spoil(Stop):
    """Callback that makes the weights infinite once."""

    def __init__(self, epoch, batch=0):
        super().__init__(epoch)
        self.batch = batch

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch and batch == self.batch:
            weight = self.model.trainable_variables[0]
            weight.assign(weight * np.nan)
            self.epoch = None


LAST = 4  # batch of an epoch, after which only the validation sees the weights


@pytest.mark.parametrize(
    ("epochs", "epoch", "averaging"),
    [(3, 0, 0.9), pytest.param(3, 2, 0, marks=pytest.mark.torture)],
)
def test_weights_spoilt_at_the_end_of_an_epoch_are_not_kept(
    pictures, epochs, epoch, averaging, caplog
):
    weights, history, _ = run(pictures, None, None, averaging, epochs, callback=Spoil(epoch, LAST))
    assert all(np.isfinite(weight).all() for weight in weights)
    assert not np.isfinite(history["val_loss"][epoch])
    assert f"loss of epoch {epoch + 1} is not finite" in caplog.text


def test_a_training_without_one_finite_epoch_ends_in_an_error(pictures):
    with pytest.raises(InputError, match=r"None of 1 epochs had a finite loss.*Reduce"):
        run(pictures, epochs=1, callback=Spoil(0, LAST))


@pytest.mark.parametrize("epoch", [pytest.param(0, marks=pytest.mark.torture), 2])
def test_a_loss_that_is_not_finite_is_recovered_from_and_reported(pictures, epoch, caplog):
    weights, history, _ = run(pictures, callback=Spoil(epoch))
    assert all(np.isfinite(weight).all() for weight in weights)
    assert np.isfinite(history["loss"]).all()
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert f"loss of epoch {epoch + 1} is not finite" in caplog.text


def test_losses_that_are_not_finite_again_and_again_end_the_training(pictures):
    with pytest.raises(InputError, match=r"not finite.*4th time.*train.learning_rate"):
        run(pictures, learning_rate=1e30)


def test_a_fingerprint_tells_settings_images_and_code_apart(pictures, tmp_path, monkeypatch):
    images = tf.data.Dataset.from_tensor_slices(pictures)
    one = fingerprint({"seed": 0}, images)
    assert one == fingerprint({"seed": 0}, images)
    assert one != fingerprint({"seed": 1}, images)
    assert one != fingerprint({"seed": 0}, images.skip(1))
    module = types.ModuleType("image_compressor.another")
    module.__file__ = str(tmp_path / "another.py")
    (tmp_path / "another.py").write_text("1")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert one != fingerprint({"seed": 0}, images)
