"""The training of the released codec `photo`."""

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from benchmarks.measure import train_photo
from image_compressor import Codec, InputError
from image_compressor.images.similarity import halved
from tests.photographs import picture

SETTINGS = YAML(typ="safe").load((train_photo.SETTINGS).read_text())["photo"]


def test_lossy_and_large_pictures_are_halved(tmp_path):
    Image.fromarray(picture(40, 60)).save(tmp_path / "a.jpg")
    Image.fromarray(picture(40, 60)).save(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"c\.png is not a usable photograph"):
        list(train_photo.pictures(tmp_path))
    (tmp_path / "c.png").unlink()
    jpeg, png = train_photo.pictures(tmp_path)
    assert (jpeg.shape, png.shape) == ((20, 30, 3), (40, 60, 3))
    assert np.array_equal(halved(np.full((1, 5, 4, 3), 7, np.uint8)), [[[[7] * 3] * 2] * 2])


def test_some_squares_are_plain_and_each_epoch_has_others():
    settings = {**SETTINGS, "steps": 6, "crop": 32, "plain": 0.5}
    images = [picture(70, 90, seed=seed) for seed in range(4)]
    batches = train_photo.batches(images, settings)
    first, second = ([np.array(x) for x, _ in batches] for _ in range(2))
    assert len(first) == len(batches) == 6
    assert not np.array_equal(first, second)
    squares = np.concatenate(first)
    colours = np.array([len(np.unique(square.reshape(-1, 3), axis=0)) for square in squares])
    assert 0.2 < (colours <= 9).mean() < 0.8  # at most three areas along an axis
    assert {0.0, 1.0} < set(squares[colours <= 9].ravel().tolist())


@pytest.mark.torture
def test_a_short_training_ends_in_a_codec(tmp_path):
    settings = {**SETTINGS, "steps": 2, "epochs": 1, "hyper_steps": 2}
    images = [picture(300, 260, seed=seed) for seed in range(14)]
    train_photo.train_codec(settings, images, tmp_path / "codec")
    codec = Codec.load(tmp_path / "codec")
    (decoded,) = codec.decompress(codec.compress([images[0]], guard=False))
    assert np.abs(decoded.astype(int) - images[0]).mean() < 40
    assert [path.name for path in tmp_path.iterdir()] == ["codec"]
