"""Decoding .imgc files in a browser, compared with the command line."""

import io

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.codec import exported
from tests.conftest import ROOT
from tests.photographs import picture
from tests.web.conftest import encoded, parts


def assert_decoded_alike(in_browser, directory, images, quality, names=None):
    codec = Codec.load(directory)
    data = codec.compress(images, names, quality=quality, guard=False)
    decoded, found = in_browser(directory, data)
    difference = np.abs(decoded.astype(int) - codec.decompress(data).reshape(decoded.shape))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-4
    assert found == names


@pytest.mark.parametrize("quality", [1, 100])
def test_the_released_codec_and_its_escapes(in_browser, digits, quality):
    noise = np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8)
    images = np.concatenate([digits[:20], noise])
    codec = Codec.load("digits")
    symbols, tables = codec.encode(images[..., None], quality), codec.tables(quality)
    classes = tables.classify(symbols)
    escaped = tables.positions(symbols, classes) == tables.bank.escapes[tables.index[classes]]
    assert escaped.any() == (quality == 100)
    assert_decoded_alike(in_browser, exported.find("digits"), images, quality)


def test_several_blocks_with_names(in_browser, exported, pictures):
    images = np.tile(pictures, (26, 1, 1))
    names = [f"größe/{number}.png" for number in range(len(images))]
    assert_decoded_alike(in_browser, exported, images, 50, names)


def test_images_of_several_qualities_and_stored_ones(in_browser, digits):
    noise = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    images = np.concatenate([noise[:1], digits[:60], noise[1:]])
    codec, file = Codec.load("digits"), io.BytesIO()
    written = codec.write(file, images, min_ssim=0.9)
    assert written.stored >= 3 and len(set(written.qualities)) > 9
    decoded, _ = in_browser(exported.find("digits"), file.getvalue())
    expected = codec.decompress(file.getvalue())
    difference = np.abs(decoded[..., 0].astype(int) - expected)
    assert difference[written.qualities > 0].max() <= 1
    assert difference.max() <= 2  # libwebp's conversion to RGB and a browser's round differently


@pytest.mark.parametrize(
    ("name", "precision"),
    [("digits", "float16"), pytest.param("photos-32", "float32", marks=pytest.mark.torture)],
)
def test_the_shipped_architectures(in_browser, tmp_path, name, precision):
    import keras

    from image_compressor.export import Exporter
    from image_compressor.model import architecture
    from image_compressor.model.compressor import ImageCompressor
    from image_compressor.training.freezing import freeze

    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(architecture.read(ROOT / f"models/{name}.json"), 8)
    latents = compressor.generator.encoder.layers[-1]
    latents.kernel.assign(20 * latents.kernel)
    exporter = Exporter(compressor, freeze(compressor))
    exporter.export(tmp_path / "codec", precision=precision)
    shape = (5, *compressor.generator.image_shape)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert_decoded_alike(in_browser, tmp_path / "codec", images, 50)


def test_pixels_are_rounded_in_float32_as_in_python(alone, exported, pictures):
    """The floats lie near the middle of two levels, where float64 would round the other way."""
    middles = (np.arange(255) + 0.5).astype(np.float32) / np.float32(255)
    steps = (np.nextafter(middles, np.float32(side)) for side in (0, 1))
    near = np.concatenate([middles, *steps])
    single = np.uint8(near * np.float32(255) + np.float32(0.5))
    double = np.uint8(near.astype(float) * 255 + 0.5)
    differ = near[single != double]
    assert len(differ) > 10
    values = np.resize(differ, 256)
    received = alone().evaluate(
        """async ([tables, decoder, file, values]) => {
            const bytes = (text) =>
                Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
            const { Codec } = await import("imgc/codec.js");
            const codec = await Codec.load({tables: bytes(tables), decoder: bytes(decoder)});
            codec.network.run = () => Float32Array.from(values);
            return Array.from((await codec.decode(bytes(file))).images);
        }""",
        [
            *map(encoded, parts(exported)),
            encoded(Codec.load(exported).compress(pictures[:1])),
            values.tolist(),
        ],
    )
    assert np.array_equal(received, np.uint8(values * np.float32(255) + np.float32(0.5)))


def test_a_hyperprior_is_refused_in_a_sentence(in_browser, photo_codec):
    data = Codec.load(photo_codec).compress([picture(16, 16)])
    with pytest.raises(
        Exception, match=r"without a hyperprior.*image-compressor decompress|any size"
    ):
        in_browser(photo_codec, data)
