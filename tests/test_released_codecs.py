"""The codecs that come with the package."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.measure import photos
from image_compressor import Codec
from image_compressor.codec import exported
from image_compressor.codec.exported import codec_id, digests, read
from image_compressor.evaluation.curves import bd_rate
from image_compressor.images import colour_difference, decoding
from image_compressor.images.similarity import ssim
from tests.conftest import ROOT
from tests.photographs import picture

MEBIBYTE = 2**20
# The most that `photo` may take at equal measures, beside WebP and JPEG XL, in %.
LIMITS = {"ssim": -20, "ms_ssim": -25, "psnr": 15}
# Files that they wrote from `picture(40, 61)` at quality 60. Checksums cover the symbols.
GOLDEN = {
    "photo": """
        494d4743043f66e8fc023c00000301af3da4c4808b24a363727b365eda1fee72cc139272da8c68334b90504d
        83e02199c8d742e6da02abe472d1a5044e201784c8eb51c6834d8b27503ef560ef2c94f81aa483123b421ca5
        6f169b6be09d03d4b1a5c66fb09c5fecb28aa3f1b6758c86842de353bbfcdd5c35068f44c093b8cc3f51e645
        a5c43096ff0836c99e94c6efe7e957f3b8a5980c15a2d78d40659b45625ae32abb951e0842eecf52b102a717
        5d8c33b6c38dbf74346985e402012b22cd9601426eff46cdc3042380c8ad36609178cf01283dc4013685b0ef
        090000006eac96b6
    """,
    "photo-2": """
        494d474304e8fc8583023c000003014ef420c90a7bb93910c40ac4b9ec7217c63f504c07f0a315b809ff8278
        b4360f2ad3bfc3b2cce539500f2fac0432743ab88e8b94272041a7b41b6ca74fc9849c2d54bd551855089d62
        c6e51adb00cc45c71d0c56ba66130118fcd6a25774ede31bf244a6708fffc90e5b2bf0b9eb40f64c3a596098
        985c8f2c561b786d45733a07772f089b25ef8b1b1f815901283d8c0190dd69b80900000002e0d888
    """,
    "photo-1": """
        494d474303df5f3e3e023c0000030136b54e420cb265db2e27162edd6d284560d9739dfcad9cf40a3b8fa0ca
        1033b5cd8a91b4e76a8d8643c74e93b1673501bfee99d5d94fd0531fd6b4eff1fc2da4b92c0fae32a9c222f4
        9f625e01283d4c82a9326e080000006a84b983
    """,
}


def at_similarity(images, wanted):
    """(bytes an image, mean SSIM) for the smallest file with the wanted SSIM."""
    codec = Codec.load("digits")
    data = codec.compress(images, target_ssim=wanted)
    reached = ssim(images[..., None], codec.decompress(data)[..., None]).mean()
    return len(data) / len(images), reached


@pytest.mark.parametrize("name", exported.names())
def test_each_is_small_and_has_its_card(name):
    directory = exported.find(name)
    assert sum(path.stat().st_size for path in directory.iterdir()) <= 6 * MEBIBYTE
    card = json.loads((directory / "card.json").read_text())
    files = read(directory)
    assert (card["id"], card["files"]) == (codec_id(files), digests(files))
    assert {"data", "parameters", "metrics", "floors"} < card.keys()


def test_digits_take_ten_bytes_at_a_similarity_of_95(digits):
    size, reached = at_similarity(np.tile(digits, (5, 1, 1)), 0.95)
    assert size <= 10
    assert reached >= 0.95


def test_unseen_digits_take_nine_and_a_half_bytes():
    directory = Path(os.environ.get("TFDS_DATA_DIR", ROOT.parent / "shared/data/tfds"))
    if not (directory / "mnist").is_dir():
        pytest.skip(f"MNIST, as tensorflow-datasets prepares it, is not in {directory}")
    import tensorflow_datasets as tfds

    dataset = tfds.load("mnist", split="test", data_dir=directory, download=False)
    images = np.stack([example["image"][..., 0] for example in dataset.as_numpy_iterator()])
    size, reached = at_similarity(images, 0.95)
    assert size <= 9.5
    assert reached >= 0.95


@pytest.mark.parametrize("quality", [20, 50])
def test_no_digit_is_worse_than_the_floor_and_the_guard_costs_little(digits, quality):
    codec, file = Codec.load("digits"), io.BytesIO()
    written = codec.write(file, digits, quality=quality)
    plain = len(codec.compress(digits, quality=quality, guard=False))
    assert written.ssim.min() >= codec.floors.at(quality).ssim >= 0.85
    assert written.bytes <= 1.05 * plain  # 1.02 for 10,000 digits


def test_images_of_other_kinds_keep_the_floor_too():
    codec, random = Codec.load("digits"), np.random.default_rng(0)
    noise = random.integers(0, 256, (9, 28, 28), np.uint8)
    for images in (noise, np.full((2, 28, 28), 255, np.uint8), np.zeros((2, 28, 28), np.uint8)):
        written = codec.write(io.BytesIO(), images, quality=20)
        assert written.ssim.min() >= codec.floors.at(20).ssim


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_plain_colours_stay_near_without_the_guard_too(quality):
    codec, levels = Codec.load("photo"), (0, 85, 170, 255)
    colours = np.array(np.meshgrid(levels, levels, levels)).reshape(3, -1).T
    images = np.tile(np.uint8(colours)[:, None, None], (1, 64, 64, 1))
    decoded = codec.decompress(codec.compress(images, quality=quality, guard=False))
    apart = np.abs(np.asarray(decoded).astype(int) - images)
    assert apart.max() <= 40 and apart.mean() <= 6  # photo-1: up to 170 at the edges


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 0, 128)])
def test_plain_colours_stay(colour):
    codec, image = Codec.load("photo"), np.tile(np.uint8(colour), (64, 80, 1))
    (decoded,) = codec.decompress(codec.compress([image]))
    assert colour_difference.largest(image[None], decoded[None])[0] <= 6


@pytest.mark.parametrize("name", GOLDEN)
def test_a_stored_photograph_is_decoded_on_any_machine(name):
    """Machines must agree on the symbols exactly, and on pixels within one level."""
    codec = Codec.load(name)
    (decoded,) = codec.decompress(bytes.fromhex(GOLDEN[name]))
    (again,) = codec.decompress(codec.compress([picture(40, 61)], quality=60, guard=False))
    assert np.abs(decoded.astype(int) - again).mean() < 1
    assert psnr(picture(40, 61), decoded) > 21


def psnr(x, y):
    return 10 * np.log10(255**2 / np.square(x.astype(float) - y).mean())


def test_unseen_photographs_beside_webp_and_jpeg_xl():
    directory = ROOT.parent / "shared/data/photos/test"
    if not directory.is_dir():
        pytest.skip(f"photographs are not in {directory}")
    pictures = [decoding.read(path) for path in sorted(directory.iterdir())[::40]]
    ours = photos.of_codec(Codec.load("photo"), pictures)
    for name in ("webp", "jpeg-xl"):
        rival = photos.of_rival(name, pictures)
        for metric, most in LIMITS.items():
            rate = bd_rate(rival.curve(metric), ours.curve(metric), metric)
            assert rate < most, (name, metric)
