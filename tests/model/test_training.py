import hashlib
import time

import numpy as np
import pytest
import tensorflow as tf

from image_compressor import InputError
from image_compressor.data import datasets
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from image_compressor.model.training import make_deterministic, train
from tests.conftest import config


def trained_once(pictures, epochs=3, learning_rate=0.01, seed=5):
    make_deterministic(seed)
    compressor = ImageCompressor(config(), 6, seed=seed)
    dataset = tf.data.Dataset.from_tensor_slices(pictures[..., None])
    history = train(
        compressor,
        datasets.training_batches(dataset, 8, shift=1, seed=seed),
        datasets.validation_batches(dataset, 16),
        epochs,
        learning_rate,
    )
    return compressor, history.history


def fingerprint(compressor):
    weights = b"".join(weight.tobytes() for weight in compressor.get_weights())
    return hashlib.sha256(weights).hexdigest()


def test_training_lowers_the_loss_and_keeps_the_best_weights(pictures):
    compressor, history = trained_once(pictures, epochs=6)
    assert history["val_loss"][-1] < history["val_loss"][0]
    x = pictures[..., None] / np.float32(255)
    loss = compressor.evaluate(x, x, batch_size=16, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-4)


def test_training_twice_gives_the_same_weights_and_tables(pictures, tmp_path):
    tables = []
    prints = set()
    for _ in range(2):
        compressor, _ = trained_once(pictures)
        prints.add(fingerprint(compressor))
        trained.save(compressor, freeze(compressor.density), tmp_path)
        tables.append((tmp_path / "tables.json").read_bytes())
    assert len(prints) == 1
    assert tables[0] == tables[1]
    other, _ = trained_once(pictures, seed=6)
    assert fingerprint(other) not in prints


def test_saving_later_gives_the_same_bytes(compressor, tmp_path):
    """Two seconds are what a zip can tell apart."""
    saved = []
    for wait in (0, 2.1):
        time.sleep(wait)
        trained.save(compressor, freeze(compressor.density), tmp_path / "trained")
        saved.append((tmp_path / "trained" / trained.MODEL).read_bytes())
    assert saved[0] == saved[1]


def test_a_loss_that_is_not_finite_ends_the_training(pictures):
    with pytest.raises(InputError, match=r"finite loss.*train.learning_rate"):
        trained_once(pictures, learning_rate=1e30)


def test_what_was_trained_is_loaded_as_it_was(compressor, pictures, tmp_path):
    trained.save(compressor, freeze(compressor.density), tmp_path)
    copy, _ = trained.load(tmp_path)
    assert fingerprint(copy) == fingerprint(compressor)


@pytest.mark.parametrize("name", [trained.MODEL, "tables.json"])
def test_missing_or_broken_files_are_named(compressor, tmp_path, name):
    trained.save(compressor, freeze(compressor.density), tmp_path)
    (tmp_path / name).write_bytes(b"PK broken")
    with pytest.raises(InputError, match=name):
        trained.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name} in .*dvc repro train"):
        trained.load(tmp_path)
