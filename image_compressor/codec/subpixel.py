"""Rewrites the transposed convolutions of a .tflite network as convolutions.

A transposed convolution with a kernel w and a stride s is s convolutions along each axis, whose
results alternate (Shi et al. 2016, "Is the deconvolution layer the same as a convolutional
layer?"):

    y[s i + a] = sum over d of w[a + p - s d] x[i + d],   0 <= a < s,   p = (size of w - s) // 2

LiteRT runs the first on one core, with a slow kernel, wherever the input's size is not fixed, and
convolutions on all cores: photographs are decoded four times as fast. What a `Cropping2D` after it
would cut off is not computed at all.
"""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from image_compressor.codec.frozen.tflite import OPERATORS, Graph

ENDS = 0b1001  # the mask of a slice that keeps the first and the last axis whole


def rewritten(content: bytes) -> bytes:
    """The network with convolutions, from a file's content that LiteRT accepts.

    Only those that Keras exports for `padding="same"`, with weights in the file, are rewritten.
    """
    graph = Graph(content)
    for position in reversed(range(len(graph.operators))):
        _rewrite(graph, position)
    return graph.packed()


def _rewrite(graph, position):
    """Replaces the operator at a position, if it is such a transposed convolution."""
    operator = graph.operators[position]
    if graph.code(operator) != OPERATORS.TRANSPOSE_CONV or len(operator.inputs) != 4:
        return
    options, (_, weights, x, bias) = operator.builtinOptions, operator.inputs
    kernel, bias = graph.values(weights), graph.values(bias)
    stride, same = options.strideH, options.padding == schema.Padding.SAME
    if kernel is None or bias is None or not same or options.strideW != stride:
        return
    if stride > min(kernel.shape[1:3]) or options.fusedActivationFunction:
        return
    convolution = schema.Conv2DOptionsT()
    convolution.strideH = convolution.strideW = 1
    interleaving = schema.DepthToSpaceOptionsT()
    interleaving.blockSize = stride
    inputs = [
        x,
        graph.constant(_kernels(kernel, stride)),
        graph.constant(np.tile(bias, stride * stride)),
    ]
    between = graph.tensor([1, 1, 1, stride * stride * len(bias)], [-1, -1, -1, -1])
    outputs, radius = operator.outputs, graph.tensors[inputs[1]].shape[1] // 2
    crop = _crop(graph, outputs[0], stride * radius)
    if crop is not None:
        convolution.padding, outputs = schema.Padding.VALID, crop.outputs
        graph.operators.remove(crop)
    graph.operators[position : position + 1] = [
        graph.operator("CONV_2D", "Conv2DOptions", convolution, inputs, [between]),
        graph.operator("DEPTH_TO_SPACE", "DepthToSpaceOptions", interleaving, [between], outputs),
    ]


def _crop(graph, tensor, margin):
    """The operator that cuts this margin off each side of the images in a tensor, if nothing else
    uses them; otherwise None."""
    users = [each for each in graph.operators if tensor in each.inputs]
    if len(users) != 1 or graph.code(users[0]) != OPERATORS.STRIDED_SLICE:
        return None
    crop, cut = users[0], [0, margin, margin, 0]
    given = [graph.whole(each) for each in crop.inputs[1:]]
    options = crop.builtinOptions
    others = options.ellipsisMask, options.newAxisMask, options.shrinkAxisMask
    plain = (options.beginMask, options.endMask, *others) == (ENDS, ENDS, 0, 0, 0)
    asked = [cut, [-size for size in cut], [1, 1, 1, 1]]
    found = [None if each is None else each.tolist() for each in given]
    return crop if plain and found == asked and tensor not in graph.graph.outputs else None


def _kernels(kernel, stride):
    """The kernels [s s out, h, w, in] of the convolutions for a kernel [out, H, W, in]."""
    rows, columns = (_taps(size, stride) for size in kernel.shape[1:3])
    kernels = np.einsum("aik,bjl,oklc->aboijc", rows, columns, kernel, optimize=True)
    return np.ascontiguousarray(kernels.reshape(-1, *kernels.shape[3:]), np.float32)


def _taps(size, stride):
    """The selection [a, d, k] of the values of a kernel along an axis: 1 where k = a + p - s d."""
    padding = (size - stride) // 2
    radius = max((size - 1 - padding) // stride, (stride - 1 + padding) // stride)
    a, d, k = np.ogrid[:stride, -radius : radius + 1, :size]
    return (k == a + padding - stride * d).astype(np.float32)
