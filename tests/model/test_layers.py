import keras
import numpy as np
import pytest

from image_compressor.model.layers import GDN, LAYERS, EdgePadding2D, Residual, make

CONVOLUTION = {"Conv2D": {"filters": 3, "kernel_size": 3, "padding": "same"}}
INNER = {"Residual": {"layers": [{"LeakyReLU": {"negative_slope": 0.1}}, CONVOLUTION]}}
NESTED = [CONVOLUTION, {"BatchNormalization": {}}, INNER]


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype("float32")


def test_a_residual_adds_what_its_layers_make(x):
    layer = Residual([{"Rescaling": {"scale": 2.0, "offset": 1.0}}, {"ReLU": {}}])
    assert np.allclose(layer(x), x + np.maximum(2 * x + 1, 0), atol=1e-6)


def test_config_to_object_to_config():
    layer = Residual(NESTED, name="block")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert copy.get_config() == layer.get_config()
    assert copy.get_config()["layers"] == NESTED


def test_keras_file_round_trip(x, tmp_path):
    model = keras.Sequential([keras.Input(x.shape[1:]), Residual(NESTED), Residual(NESTED)])
    for weight in model.weights:
        if weight.dtype == "float32":
            weight.assign(np.random.default_rng(len(weight.path)).random(weight.shape))
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert len(model.trainable_weights) == 2 * (2 + 2 + 2)
    assert np.array_equal(copy(x), model(x))


def test_its_layers_know_when_they_are_trained(x):
    layer = Residual([{"Dropout": {"rate": 0.5}}])
    assert np.array_equal(layer(x), 2 * x)
    assert not np.array_equal(layer(x, training=True), 2 * x)


def test_edges_are_repeated(x):
    layer = EdgePadding2D([1, 2])
    margins = [(0, 0), (1, 2), (1, 2), (0, 0)]
    assert np.array_equal(layer(x), np.pad(x, margins, "edge"))
    assert layer.compute_output_shape((None, 6, None, 3)) == (None, 9, None, 3)
    assert np.array_equal(EdgePadding2D([0, 0])(x), x)


def test_between_edges_a_flat_image_stays_flat():
    layers = EdgePadding2D([1, 2]), keras.layers.Conv2D(4, 5, strides=2)
    y = keras.Sequential(layers)(np.full((1, 16, 24, 3), 0.7, np.float32))
    assert y.shape == (1, 8, 12, 4)
    assert np.ptp(y, axis=(1, 2)).max() < 1e-6


@pytest.mark.parametrize("change", [{"filters": 4}, {"strides": 2}, {"padding": "valid"}])
def test_layers_that_change_the_shape_are_refused(x, change):
    with pytest.raises(ValueError, match="change the shape"):
        Residual([{"Conv2D": {**CONVOLUTION["Conv2D"], **change}}])(x)


def test_no_name_reaches_code():
    assert not {"Lambda", "TFSMLayer", "TorchModuleWrapper"} & {*LAYERS}
    with pytest.raises(KeyError):
        make("Lambda", {"function": "f"})


def test_gdn_divides_by_the_root_of_weighted_squares_and_its_inverse_multiplies(x):
    layer, inverse = GDN(), GDN(inverse=True)
    divided, multiplied = layer(x), inverse(x)
    random = np.random.default_rng(0)
    for weight, other in zip(layer.weights, inverse.weights, strict=True):
        weight.assign(random.normal(size=weight.shape))
        other.assign(weight)
    beta, gamma = (np.square(weight) for weight in layer.get_weights())
    norm = np.sqrt(beta + GDN.LOWEST_BETA + np.square(x) @ gamma)
    assert divided.shape == multiplied.shape == x.shape
    assert np.allclose(layer(x), x / norm, rtol=1e-5)
    assert np.allclose(inverse(x), x * norm, rtol=1e-5)


def test_gdn_is_finite_where_everything_is_zero():
    layer = GDN()
    layer.build((None, 4, 4, 3))
    layer.set_weights([0 * weight for weight in layer.get_weights()])
    assert np.isfinite(layer(np.zeros((1, 4, 4, 3), "float32"))).all()
