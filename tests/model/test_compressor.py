import keras
import numpy as np
import pytest
import tensorflow as tf

from image_compressor import InputError
from image_compressor.codec.coder import Coder
from image_compressor.model import architecture
from image_compressor.model.compressor import BALANCE, ImageCompressor
from image_compressor.model.losses import DIFFERENCES, SIMILARITIES, distortion
from image_compressor.model.rates import quantise
from tests.conftest import ROOT, config

ssim, ms_ssim = (SIMILARITIES[name].measure for name in ("ssim", "ms_ssim"))
l1, mse = (DIFFERENCES[name].measure for name in ("l1", "mse"))


@pytest.fixture(scope="module")
def x(pictures):
    return pictures[..., None] / np.float32(255)


def test_output_is_clipped_outside_training_only(compressor, x):
    bias = compressor.generator.decoder.layers[-2].bias
    bias.assign(np.full(256, 2, "float32"))
    assert np.max(compressor(x)["x_hat"]) <= 1 < np.max(compressor(x, training=True)["x_hat"])
    bias.assign(np.zeros(256, "float32"))


def test_rounding_is_to_the_nearest_multiple_and_passes_the_gradient_straight_through():
    y, widths = tf.Variable([[0.3, 1.7, -2.4]]), tf.Variable([[1.0, 0.5, 4.0]])
    with tf.GradientTape() as tape:
        y_hat = quantise(y, widths)
        total = tf.reduce_sum(y_hat * [[1.0, 2.0, 3.0]])
    of_y, of_widths = tape.gradient(total, [y, widths])
    assert np.allclose(y_hat, [[0, 1.5, -4]])
    assert np.allclose(of_y, [[1, 2, 3]])
    assert np.allclose(of_widths, [[-0.3, 2 * (3 - 3.4), 3 * (-1 + 0.6)]], atol=1e-5)


def test_rate_weights_are_drawn_in_training_and_spread_evenly_outside(compressor, x):
    drawn = [np.asarray(compressor(x, training=True)["position"]) for _ in range(2)]
    assert ((np.stack(drawn) >= 0) & (np.stack(drawn) < 1)).all()
    assert not np.array_equal(*drawn)
    assert len(set(drawn[0].tolist())) == len(x)
    assert np.allclose(compressor(x[:4])["position"], [0.125, 0.375, 0.625, 0.875])


def test_training_bits_are_at_least_the_evaluated_bits(compressor, x):
    """The rate with noise is an upper bound of the rate with rounding."""
    generator, many = compressor.generator, np.repeat(x, 20, axis=0)
    noisy = compressor(many, training=True)
    y = generator.encode(many)
    widths = generator.rates(y, noisy["position"])
    _, rounded = compressor.density.code(y, widths)
    assert np.mean(noisy["bits"]) >= 0.99 * np.mean(rounded)


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_evaluated_bits_are_those_of_the_frozen_tables(compressor, qualities, x, quality):
    tables = qualities[quality - 1]
    y = np.asarray(compressor.generator.encode(x))
    _, bits = compressor.density.code(y, tables.widths)
    charged = Coder(tables).bits(tables.quantise(y))
    assert np.mean(bits) == pytest.approx(charged.mean(), rel=0.01)


def test_gradients_of_the_whole_loss_are_finite(compressor, x):
    with tf.GradientTape() as tape:
        loss = compressor.compute_loss(x, x, compressor(x, training=True))
    gradients = tape.gradient(loss, compressor.trainable_variables)
    assert len(gradients) == len(compressor.trainable_variables)
    assert all(gradient is not None and np.isfinite(gradient).all() for gradient in gradients)
    widths = next(
        gradient
        for variable, gradient in zip(compressor.trainable_variables, gradients, strict=True)
        if variable.path.endswith("log_widths")
    )
    assert np.all(widths), "of every level and channel"


def test_metrics_average_over_every_image_whatever_the_batch_sizes(compressor, x):
    compressor.compile(optimizer="sgd")
    measured = compressor.evaluate(x, x, batch_size=7, verbose=0, return_dict=True)
    batches = [x[start : start + 7] for start in range(0, len(x), 7)]
    outputs = [compressor(batch) for batch in batches]
    terms = {
        "ssim": [ssim(*pair) for pair in zip(batches, (o["x_hat"] for o in outputs), strict=True)],
        "l1": [l1(*pair) for pair in zip(batches, (o["x_hat"] for o in outputs), strict=True)],
        "bpp": [output["bits"] / 256 for output in outputs],
    }
    each = {name: np.concatenate(values) for name, values in terms.items()}
    position = np.concatenate([output["position"] for output in outputs])
    weights = 0.1 ** (1 - position) * 0.5**position
    losses = distortion(each["ssim"], each["l1"], 0.75) + weights * each["bpp"]
    expected = {name: values.mean() for name, values in each.items()}
    expected["loss"] = (losses / weights**BALANCE).mean()
    assert measured == pytest.approx(expected, rel=1e-4)


def test_config_to_json_to_object_to_config(compressor):
    serialised = keras.saving.serialize_keras_object(compressor)
    copy = keras.saving.deserialize_keras_object(serialised)
    names = ("config", "latent_dims", "alpha", "rate_weights", "levels", "seed")
    assert {name: getattr(copy, name) for name in names} == {
        name: getattr(compressor, name) for name in names
    }


def test_keras_file_round_trip(compressor, x, tmp_path):
    compressor.save(tmp_path / "compressor.keras")
    copy = keras.saving.load_model(tmp_path / "compressor.keras")
    assert isinstance(copy, ImageCompressor)
    before, after = compressor(x), copy(x)
    assert np.array_equal(before["x_hat"], after["x_hat"])
    assert np.array_equal(before["bits"], after["bits"])


def test_architecture_of_the_reference_with_colour_and_other_latents():
    tree = config((16, 20, 3))
    architecture.check(tree)
    compressor = ImageCompressor(tree, 9)
    assert compressor(np.zeros((2, 16, 20, 3)))["x_hat"].shape == (2, 16, 20, 3)
    assert compressor.generator.latent_shape == (9,)


def test_latents_with_places_cost_what_all_their_places_do():
    tree = config()
    layers = tree["layers"]["generator"]["layers"]
    layers["encoder"]["layers"][2:] = [
        {"Conv2D": {"filters": None, "kernel_size": 1, "name": "compressed_representation"}}
    ]
    layers["decoder"]["layers"].insert(0, {"Flatten": {}})
    compressor = ImageCompressor(tree, 5)
    assert compressor.generator.latent_shape == (4, 4, 5)
    y = np.random.default_rng(0).normal(0, 3, (3, 4, 4, 5)).astype("float32")
    widths = compressor.generator.rates(y, np.float32([0, 0.5, 1]))
    y_hat, bits = compressor.density.code(y, widths)
    each = np.asarray(compressor.density(y_hat, widths=widths))
    assert np.allclose(bits, each.sum(axis=(1, 2)), rtol=1e-5)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "models").glob("*.json")), ids=lambda path: path.stem
)
def test_every_shipped_architecture_starts_near_its_rate(path):
    compressor = ImageCompressor(architecture.read(path), 50)
    shape = [size or 64 for size in compressor.generator.image_shape]
    bits = np.asarray(compressor(np.zeros((1, *shape)))["bits"])
    latents = np.prod(compressor.generator.encoder.compute_output_shape((1, *shape)))
    assert latents <= bits[0] <= 8 * latents


def test_another_similarity_and_difference_are_trained_for_where_they_are_named():
    x = np.random.default_rng(0).random((2, 176, 176, 1), np.float32)
    compressor = ImageCompressor(
        config((176, 176, 1)), 6, similarity="ms_ssim", difference="mse", rate_weights=(1e-9, 1e-9)
    )
    compressor.compile(optimizer="sgd", run_eagerly=True)
    logs = compressor.evaluate(x, x, verbose=0, return_dict=True)
    x_hat = compressor(x)["x_hat"]
    assert logs["ms_ssim"] == pytest.approx(np.mean(ms_ssim(x, x_hat)), abs=1e-4)
    assert logs["mse"] == pytest.approx(np.mean(mse(x, x_hat)), abs=1e-4)
    weighed = distortion(logs["ms_ssim"], logs["mse"], 0.75) * 1e-9**-BALANCE
    assert logs["loss"] == pytest.approx(weighed, rel=1e-3)
    copy = ImageCompressor.from_config(compressor.get_config())
    assert (copy.similarity, copy.difference) == ("ms_ssim", "mse")


def test_further_terms_are_added_with_their_weights(x):
    def loss(terms):
        compressor = ImageCompressor(config(), 6, rate_weights=(0.1, 0.1), terms=terms)
        compressor.compile(optimizer="sgd", run_eagerly=True)
        return compressor, compressor.evaluate(x, x, verbose=0, return_dict=True)

    (plain, without), (weighed, logs) = loss({}), loss({"mse": 2.0})
    added = 2.0 * logs["mse"] * 0.1**-BALANCE
    assert logs["loss"] - without["loss"] == pytest.approx(added, rel=1e-3)
    assert "terms" not in plain.get_config()
    assert ImageCompressor.from_config(weighed.get_config()).terms == {"mse": 2.0}


def test_a_loss_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"mse, ssimulacra2. Received: mae.*losses/__init__.py"):
        ImageCompressor(config(), 6, difference="mae")
