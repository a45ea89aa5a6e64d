import hashlib
import random
import time

import numpy as np
import pytest
import tensorflow as tf

from image_compressor import Codec, InputError
from image_compressor.data import datasets
from image_compressor.evaluation.measures import curve
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.training import make_deterministic, train
from tests import photographs
from tests.conftest import config
from tests.model.test_discriminator import DISCRIMINATOR


def trained_once(pictures, epochs):
    make_deterministic(5)
    compressor = ImageCompressor(config(), 6, seed=5)
    dataset = tf.data.Dataset.from_tensor_slices(pictures[..., None])
    history = train(
        compressor,
        datasets.training_batches(dataset, 8, shift=1, seed=5),
        datasets.validation_batches(dataset, 16),
        epochs,
        0.01,
    )
    return compressor, history.history


def fingerprint(compressor):
    weights = b"".join(weight.tobytes() for weight in compressor.get_weights())
    return hashlib.sha256(weights).hexdigest()


@pytest.fixture(scope="module")
def after(pictures):
    """A compressor after its training, and the training's history."""
    return trained_once(pictures, epochs=30)


def test_training_lowers_the_loss_and_keeps_the_best_weights(after, pictures):
    compressor, history = after
    assert history["val_loss"][-1] < history["val_loss"][0]
    x = pictures[..., None] / np.float32(255)
    loss = compressor.evaluate(x, x, batch_size=16, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-4)


def test_after_training_a_higher_quality_is_nearer_and_takes_more_bytes(after, pictures):
    compressor, _ = after
    codec = Codec(compressor.networks, freeze(compressor, pictures[..., None], classes=4))
    many = np.tile(pictures[..., None], (10, 1, 1, 1))
    low, middle, high = curve(codec, many, [1, 50, 100])
    assert low.bytes_per_image < middle.bytes_per_image < high.bytes_per_image
    assert low.ssim < middle.ssim < high.ssim


def test_training_twice_gives_the_same_weights_and_tables(pictures, tmp_path):
    tables = []
    prints = set()
    for _ in range(2):
        compressor, _ = trained_once(pictures, epochs=1)
        prints.add(fingerprint(compressor))
        trained.save(compressor, freeze(compressor, pictures[..., None], classes=4), tmp_path)
        tables.append((tmp_path / "tables.npz").read_bytes())
    assert len(prints) == 1
    assert tables[0] == tables[1]


def test_saving_later_gives_the_same_bytes(compressor, qualities, tmp_path):
    """Waits two seconds, the resolution of times in a zip file."""
    saved = []
    for wait in (0, 2.1):
        time.sleep(wait)
        trained.save(compressor, qualities, tmp_path / "trained")
        saved.append([path.read_bytes() for path in sorted((tmp_path / "trained").iterdir())])
    assert len(saved[0]) == 2
    assert saved[0] == saved[1]


@pytest.mark.parametrize("tree", [config, photographs.config])
def test_the_first_weights_are_those_of_the_seed_whoever_draws_from_pythons_random(tree):
    layers = tree()["layers"]["generator"]["layers"]["encoder"]["layers"]
    inner = [{"Dropout": {"rate": 0.1}}, {"Conv2D": {"filters": 4, "kernel_size": 1}}]
    layers[1:1] = [{"Residual": {"layers": inner}}] if tree is config else []
    trees = {**tree(), "discriminator": DISCRIMINATOR}
    first, again, other = (weights_of(trees, *seeds) for seeds in ((5, 1), (5, 2), (6, 1)))
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))


def weights_of(tree, seed, python_seed):
    random.seed(python_seed)
    return [np.array(variable) for variable in ImageCompressor(tree, 6, seed=seed).variables]


def test_what_was_trained_is_loaded_as_it_was(compressor, qualities, tmp_path):
    trained.save(compressor, qualities, tmp_path)
    copy, loaded = trained.load(tmp_path)
    assert fingerprint(copy) == fingerprint(compressor)
    assert len(loaded) == len(qualities)
    assert all(np.array_equal(a.widths, b.widths) for a, b in zip(qualities, loaded, strict=True))


@pytest.mark.parametrize("name", [trained.MODEL, "tables.npz"])
def test_missing_or_broken_files_are_named(compressor, qualities, tmp_path, name):
    trained.save(compressor, qualities, tmp_path)
    (tmp_path / name).write_bytes(b"PK broken")
    with pytest.raises(InputError, match=name):
        trained.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name} does not exist.*dvc repro train"):
        trained.load(tmp_path)
