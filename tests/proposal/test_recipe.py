"""Images -> facts -> a recipe."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.proposal.forecast import Bytes, Length
from image_compressor.proposal.looking import Facts, look
from image_compressor.proposal.recipe import OWN, choose
from tests.codec import unfit
from tests.conftest import ROOT
from tests.photographs import picture


def facts(*sizes, channels=3, images=5000, unusable=0.0):
    each = Counter(dict.fromkeys(sizes, images // len(sizes)))
    return Facts(images, each, unusable, 1000.0, channels, [])


def chosen(*sizes, **more):
    return choose(facts(*sizes, **more), "photos", ROOT / "models")


@pytest.mark.parametrize(
    ("like", "size", "channels"),
    [
        ("digits-best", (28, 28), 1),
        ("digits-best", (16, 24), 1),
        ("photos-32", (32, 32), 3),
        ("photos-32", (48, 40), 1),
        ("photos-64", (64, 64), 3),
        ("photos-64", (96, 96), 1),
        ("photo", (512, 512), 3),
        ("photo", (28, 28), 3),  # no multiple of 8
        ("photo", (300, 200), 1),
    ],
)
def test_the_architecture_follows_the_size_and_can_be_built(like, size, channels):
    recipe = chosen(size, channels=channels)
    assert recipe.like == like
    architecture.check(recipe.config["model"])
    latent_dims = recipe.params["train"]["latent_dims"].value
    compressor = ImageCompressor(recipe.config["model"], latent_dims)
    any_size = (None, None, channels)
    assert compressor.generator.image_shape == (any_size if like == "photo" else (*size, channels))
    assert recipe.params["preprocess"]["channels"].value == channels
    assert recipe.params["train"]["architecture"].value == str(OWN)


def test_images_of_many_sizes_are_never_cut():
    recipe = chosen((200, 300), (300, 200), (90, 70))
    assert recipe.like == "photo" and recipe.crop == 128
    assert recipe.params["preprocess"]["fit"].value == "native"
    assert chosen((40, 70), (90, 70)).crop == 64


def test_few_images_have_few_classes_and_many_unusable_ones_are_let_pass():
    assert chosen((28, 28), channels=1, images=100).params["train"]["classes"].value == 1
    assert chosen((28, 28), channels=1).params["train"]["classes"].value == 32
    assert chosen((28, 28)).params["ingest"]["max_rejected"].value == 0.1
    assert chosen((28, 28), unusable=0.2).params["ingest"]["max_rejected"].value == 0.3


@pytest.fixture
def folder(tmp_path):
    for number in range(40):
        size = (20 + number % 3, 40)
        Image.fromarray(picture(*size, seed=number)).save(tmp_path / f"{number}.png")
    return tmp_path


def test_a_look_reads_sizes_colours_and_what_cannot_be_used(folder):
    (folder / "notes.txt").write_text("no image")
    for kind in ("cut", "text"):
        unfit.write(kind, folder / f"{kind}.png")
    found = look(folder)
    assert found.sizes == {(20, 40): 14, (21, 40): 13, (22, 40): 13}
    assert (found.images, found.channels, found.size) == (42, 3, None)
    assert 0 < found.unusable < 0.05
    assert all(np.array_equal(image, picture(*image.shape[:2], seed=n)) for n, image in some(found))
    assert "42 images of 3 sizes, 40x20 to 40x22, RGB" in str(found)


def some(found):
    """The first three images of the sample, by the numbers in their names, in order of name."""
    return zip((0, 1, 10), found.sample[:3], strict=True)


def test_grey_pictures_saved_as_rgb_are_grey_and_rotated_ones_have_their_size_upright(tmp_path):
    for number in range(30):
        grey = np.repeat(picture(20, 40, 1, number), 3, axis=2)
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(grey).save(tmp_path / f"{number}.png", exif=exif)
    found = look(tmp_path)
    assert (found.channels, found.size) == (1, (40, 20))


def test_too_few_images_are_refused_with_another_way(tmp_path, folder):
    for path in [*folder.iterdir()][:15]:
        path.unlink()
    with pytest.raises(InputError, match=r"at least 30 usable.*25 in .*--codec photo"):
        look(folder)


def test_a_forecast_compares_with_the_smaller_rival_and_pays_for_the_codec():
    found = Bytes({"webp": 100.0, "avif": 80.0}, 20, 40, 5000)
    assert found.paid_after == 100
    assert Bytes({"webp": 100.0}, 90, 130, 5000).paid_after is None
    assert Length(10, 2.0, 40).total == 20
    assert Length(10, 2.0, 40).seconds_of(800) == 40
