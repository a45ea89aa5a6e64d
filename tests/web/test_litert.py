"""Networks in JavaScript compute what LiteRT computes."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.schema_py_generated import BuiltinOperator

from tests.web.conftest import encoded

RUN = """async ([network, x]) => {
    const { Network } = await import("imgc/litert.js");
    const bytes = Uint8Array.from(atob(network), (letter) => letter.charCodeAt(0)).buffer;
    try {
        return Array.from(new Network(bytes).run(Float32Array.from(x)));
    } catch (error) {
        return error.message;
    }
}"""
ACTIVATIONS = [
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softplus",
    "selu",
    "hard_sigmoid",
    "mish",
    "relu6",
    "softsign",
    "hard_silu",
    "hard_tanh",
    "log_sigmoid",
    "celu",
]


@pytest.fixture
def both(alone, tmp_path):
    """(what the browser makes of two inputs of 4x4x6, what LiteRT does) with these layers."""

    def both(*layers, **options):
        import keras

        from image_compressor.model.layers import make

        keras.utils.set_random_seed(0)
        network = keras.Sequential([keras.Input((4, 4, 6))])
        for kind, arguments in layers:
            network.add(make(kind, arguments))
        path = tmp_path / "network.tflite"
        network.export(path, format="litert", verbose=False, **options)
        x = np.random.default_rng(0).normal(0, 2, (2, 4, 4, 6)).astype(np.float32)
        interpreter = Interpreter(str(path))
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], x.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        received = alone().evaluate(RUN, [encoded(path.read_bytes()), x.ravel().tolist()])
        return received, expected.ravel()

    return both


def test_activations(both):
    chain = [("Activation", {"activation": name}) for name in ACTIVATIONS]
    mixed = [("Conv2D", {"filters": 6, "kernel_size": 1})] * len(chain)  # or all becomes positive
    received, expected = both(*[layer for pair in zip(mixed, chain, strict=True) for layer in pair])
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)


def test_rectifiers_outside_of_a_convolution(both):
    received, expected = both(
        ("ReLU", {"negative_slope": 0.1, "max_value": 3, "threshold": 0.5}),
        ("Permute", {"dims": [2, 1, 3]}),
        ("ReLU", {"max_value": 2.5}),
        ("Permute", {"dims": [2, 1, 3]}),
        ("ReLU", {"max_value": 6}),
    )
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)


def test_layers(both):
    received, expected = both(
        ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same"}),
        ("BatchNormalization", {}),
        ("UpSampling2D", {}),
        ("ZeroPadding2D", {}),
        ("SeparableConv2D", {"filters": 5, "kernel_size": 3, "depth_multiplier": 2}),
        ("PReLU", {}),
        ("Permute", {"dims": [2, 1, 3]}),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}),
        ("Cropping2D", {"cropping": [[1, 2], [0, 3]]}),
        ("Conv2D", {"filters": 3, "kernel_size": [3, 2], "strides": 2, "activation": "relu"}),
        ("Rescaling", {"scale": 2.0, "offset": 0.5}),
        ("Flatten", {}),
        ("Dense", {"units": 12, "activation": "tanh"}),
        ("Reshape", {"target_shape": [2, 2, 3]}),
    )
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        ("MaxPooling2D", {}, "MAX_POOL_2D"),
        ("Conv2D", {"filters": 6, "kernel_size": 2, "dilation_rate": 2}, "SPACE_TO_BATCH_ND"),
        ("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 2}, "CONV_2D with groups"),
    ],
)
def test_an_unsupported_operator_is_named(both, kind, options, name):
    received, _ = both((kind, options))
    assert name in received


def test_every_operator_of_litert_has_its_name(alone):
    names = alone().evaluate("async () => (await import('imgc/operators.js')).OPERATORS")
    numbers = {name: number for number, name in enumerate(names)}
    assert numbers == {k: v for k, v in vars(BuiltinOperator).items() if k[0] != "_"}


def test_dilations_within_a_convolution_are_refused(alone):
    """Keras exports them as SPACE_TO_BATCH_ND; other converters may not."""
    said = alone().evaluate(
        """async () => {
            const { OPERATORS } = await import("imgc/convolutions.js");
            const options = { byte: () => 0, int: (field) => (field === 4 ? 2 : 1) };
            const one = { shape: [1, 1, 1, 1], data: Float32Array.of(1) };
            try {
                OPERATORS.CONV_2D([one, one], options);
            } catch (error) {
                return error.message;
            }
        }"""
    )
    assert "dilations" in said


def test_a_quantised_network_is_refused(both):
    import tensorflow as tf

    layers = [("Flatten", {}), ("Dense", {"units": 64})]
    received, _ = both(*layers, optimizations=[tf.lite.Optimize.DEFAULT])
    assert "int8" in received
