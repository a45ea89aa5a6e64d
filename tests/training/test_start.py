"""A training that starts from a released codec starts with what that codec computes."""

import numpy as np
import pytest
from keras import ops

from image_compressor import Codec, InputError
from image_compressor.codec.frozen.hyper_tables import MEAN_STEPS
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.hyperprior import LOG_SCALES, STEP
from image_compressor.training.freezing import freeze
from image_compressor.training.start import begin
from tests import photographs
from tests.conftest import ROOT, config

PHOTO = architecture.read(ROOT / "models/photo.json")
RELEASED = ROOT / "models/released"


def begun(tree=PHOTO, latent_dims=192):
    compressor = ImageCompressor(tree, latent_dims, rate_weights=(0.01, 1.6), levels=8)
    begin(compressor, "photo", RELEASED)
    return compressor


@pytest.fixture(scope="module")
def compressor():
    return begun()


@pytest.fixture(scope="module")
def x():
    """A smooth picture in 0..1, float32 [1, 64, 128, 3]."""
    y, x = np.mgrid[:64, :128]
    waves = [np.sin(x / (9 + channel)) * np.cos(y / 13) for channel in range(3)]
    return np.float32(0.5 + 0.4 * np.stack(waves, axis=-1))[None]


def near(one, other, most=1e-4):
    return np.abs(ops.convert_to_numpy(one) - other).max() <= most


def test_every_network_computes_what_the_codecs_does(compressor, x):
    codec = Codec.load("photo")
    networks, widths = codec.networks, codec.tables(50).widths
    y = networks.encode(x)
    assert near(compressor.generator.encode(x), y)
    assert near(compressor.generator.decode(y), networks.decode(y))
    z = networks.hyper_encode(y / widths)
    assert near(compressor.density.encoder(y / widths), z)
    told = ops.convert_to_numpy(compressor.density.decoder(np.rint(z)))
    means, scales = np.split(told, 2, axis=-1)
    expected = np.split(networks.hyper_decode(np.rint(z)), 2, axis=-1)  # of rounded activations
    found = MEAN_STEPS * means, (scales - LOG_SCALES[0]) / STEP
    assert np.abs(np.subtract(found, expected)).mean() < 1  # step of each


def test_every_quality_has_the_codecs_widths(compressor):
    positions = np.linspace(1, 0, 100, dtype=np.float32)
    widths = ops.convert_to_numpy(compressor.generator.rates.widths(positions))
    expected = [tables.widths for tables in Codec.load("photo").qualities]
    assert np.allclose(widths, expected, rtol=0.01)


def test_its_codec_compresses_before_any_training(compressor):
    images = np.stack([photographs.picture(96, 80, seed=seed) for seed in range(4)])
    ours = Codec(compressor.networks, freeze(compressor, images), b"ours")
    data = ours.compress([*images])
    assert len(data) <= 1.1 * len(Codec.load("photo").compress([*images], guard=False))
    assert [image.shape for image in ours.decompress(data)] == [image.shape for image in images]


def test_grey_images_start_as_colours_of_three_equal_channels(compressor, x):
    tree = architecture.read(ROOT / "models/photo.json")
    tree["layers"]["inputs"][0]["Input"]["shape"][2] = 1
    decoder = tree["layers"]["generator"]["layers"]["decoder"]["layers"]
    decoder[-2]["Conv2DTranspose"]["filters"] = 1
    tree.pop("discriminator")
    grey, image = begun(tree), x[..., :1]
    y = compressor.generator.encode(image.repeat(3, axis=-1))
    assert near(grey.generator.encode(image), ops.convert_to_numpy(y))
    decoded = ops.convert_to_numpy(compressor.generator.decoder(y))
    assert near(grey.generator.decoder(y), decoded.mean(axis=-1, keepdims=True))


def test_more_latents_than_the_codec_has_change_little_at_first(compressor, x):
    wider, y = begun(latent_dims=224), ops.convert_to_numpy(compressor.generator.encode(x))
    wide = ops.convert_to_numpy(wider.generator.encode(x))
    assert wide.shape == (*y.shape[:-1], 224)
    assert near(wide[..., :192], y)
    assert wide[..., 192:].std() > 0
    decoded = ops.convert_to_numpy(compressor.generator.decode(y))
    again = ops.convert_to_numpy(wider.generator.decode(wide))
    assert 0 < np.abs(again - decoded).mean() < 0.05
    images = np.stack([photographs.picture(96, 80, seed=seed) for seed in range(2)])
    ours = Codec(wider.networks, freeze(wider, images), b"ours")
    assert len(ours.decompress(ours.compress([*images]))) == 2


@pytest.mark.parametrize(
    ("tree", "latent_dims", "said"),
    [
        (PHOTO, 96, r"other layers than train\.architecture .*latent_dims"),
        (photographs.config(), 6, "other layers than train.architecture"),
        (config(), 6, "only a model for images of any size can start"),
    ],
)
def test_a_model_of_another_kind_is_refused(tree, latent_dims, said):
    with pytest.raises(InputError, match=said):
        begun(tree, latent_dims)
