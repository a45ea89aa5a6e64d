"""Decoders whose transposed convolutions became convolutions compute the same images."""

from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from image_compressor.codec import exported, subpixel
from image_compressor.codec.frozen.tflite import Graph
from image_compressor.codec.litert import LiteRTNetwork

OPERATORS = schema.BuiltinOperator


def decoder(name):
    return exported.read(exported.find(name))[exported.DECODER]


def parsed(content):
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def count(content, operator):
    model = parsed(content)
    codes = [model.operatorCodes[each.opcodeIndex] for each in model.subgraphs[0].operators]
    return sum(code.builtinCode == operator for code in codes)


def changed(content, **options):
    """The network with other options of its first transposed convolution."""
    model = parsed(content)
    operator = next(
        each
        for each in model.subgraphs[0].operators
        if model.operatorCodes[each.opcodeIndex].builtinCode == OPERATORS.TRANSPOSE_CONV
    )
    vars(operator.builtinOptions).update(options)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize(
    "name, shape", [("digits", (5, 50)), ("photo", (1, 3, 5, 192)), ("photo", (2, 1, 1, 192))]
)
def test_the_images_are_the_same_but_for_rounding(name, shape):
    content = decoder(name)
    latents = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
    images, again = (
        LiteRTNetwork(content, name, rewrite)(latents) for rewrite in (None, subpixel.rewritten)
    )
    assert np.allclose(images, again, atol=1e-5 * np.abs(images).max())
    assert count(content, OPERATORS.TRANSPOSE_CONV) > 0
    assert count(subpixel.rewritten(content), OPERATORS.TRANSPOSE_CONV) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"padding": schema.Padding.VALID},
        {"strideW": 1},
        {"strideH": 9, "strideW": 9},
        {"fusedActivationFunction": schema.ActivationFunctionType.RELU},
    ],
)
def test_any_other_transposed_convolution_stays(options):
    content = decoder("digits")
    again = subpixel.rewritten(changed(content, **options))
    assert count(again, OPERATORS.TRANSPOSE_CONV) == 1 < count(content, OPERATORS.TRANSPOSE_CONV)


def crops(content):
    """The operators of a network that crop images."""
    graph = Graph(content)
    return [
        each
        for each in graph.operators
        if graph.code(each) == OPERATORS.STRIDED_SLICE and each.builtinOptions.beginMask == 0b1001
    ]


def test_what_is_cropped_is_not_computed():
    content = decoder("photo")
    assert len(crops(content)) == 4
    assert not crops(subpixel.rewritten(content))


def test_another_crop_stays():
    graph = Graph(decoder("photo"))
    crop = crops(graph.packed())[0]
    buffer = graph.model.buffers[graph.tensors[crop.inputs[1]].buffer]
    buffer.data = np.array([0, 1, 2, 0], np.int32).view(np.uint8)  # only 1 row at the top
    assert crops(subpixel.rewritten(graph.packed()))


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("stride", range(1, 5))
def test_each_value_of_a_kernel_is_used_once(size, stride):
    taps = subpixel._taps(size, stride)
    assert (taps.sum(axis=(0, 1)) == 1).all()
    assert taps.shape[1] % 2 == 1


def test_a_network_without_transposed_convolutions_stays_the_same():
    content = (Path(exported.find("digits")) / exported.ENCODER).read_bytes()
    x = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    plain, again = (
        LiteRTNetwork(content, "encoder", rewrite)(x) for rewrite in (None, subpixel.rewritten)
    )
    assert np.array_equal(plain, again)


def test_a_graph_gives_the_kernel_and_the_bias_of_each_convolution():
    found = Graph(decoder("photo")).convolutions()
    sides = [(5, 5), (1, 1)] * 3 + [(5, 5)]
    outputs = [96, 96, 64, 64, 48, 48, 3]
    inputs = [192, 96, 96, 64, 64, 48, 48]
    assert [kernel.shape for kernel, _ in found] == [
        (out, *side, into) for out, side, into in zip(outputs, sides, inputs, strict=True)
    ]
    assert [bias.shape for _, bias in found] == [(out,) for out in outputs]
    assert all(each.dtype == np.float32 for pair in found for each in pair)


@pytest.mark.parametrize("input", [1, 2])
def test_a_convolution_whose_kernel_or_bias_is_not_in_the_file_is_left_out(input):
    content = exported.read(exported.find("photo"))[exported.HYPER_DECODER]
    graph = Graph(content)
    convolution = next(each for each in graph.operators if graph.code(each) == OPERATORS.CONV_2D)
    before = len(graph.convolutions())
    graph.model.buffers[graph.tensors[convolution.inputs[input]].buffer].data = None
    assert len(graph.convolutions()) == before - 1
