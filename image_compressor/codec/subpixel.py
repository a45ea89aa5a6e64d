"""Rewrites the transposed convolutions of a .tflite network as convolutions.

A transposed convolution with a kernel w and a stride s is s convolutions along each axis, whose
results alternate (Shi et al. 2016, "Is the deconvolution layer the same as a convolutional
layer?"):

    y[s i + a] = sum over d of w[a + p - s d] x[i + d],   0 <= a < s,   p = (size of w - s) // 2

LiteRT runs the first on one core, with a slow kernel, wherever the input's size is not fixed, and
convolutions on all cores: photographs are decoded four times as fast.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATORS = schema.BuiltinOperator
TYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}


def rewritten(content: bytes) -> bytes:
    """The network with convolutions, from a file's content that LiteRT accepts.

    Only those that Keras exports for `padding="same"`, with weights in the file, are rewritten.
    """
    network = _Network(content)
    for position in reversed(range(len(network.operators))):
        network.rewrite(position)
    return network.packed()


class _Network:
    """The first graph of a .tflite file."""

    def __init__(self, content):
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        self.graph = self.model.subgraphs[0]
        self.operators, self.tensors = self.graph.operators, self.graph.tensors
        self.makers = {int(n): each for each in self.operators for n in each.outputs}

    def rewrite(self, position):
        """Replaces the operator at a position, if it is such a transposed convolution."""
        operator = self.operators[position]
        if self.code(operator) != OPERATORS.TRANSPOSE_CONV or len(operator.inputs) != 4:
            return
        options, (_, weights, x, bias) = operator.builtinOptions, operator.inputs
        kernel, bias = self.values(weights), self.values(bias)
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
            self.constant(_kernels(kernel, stride)),
            self.constant(np.tile(bias, stride * stride)),
        ]
        between = self.tensor([1, 1, 1, stride * stride * len(bias)], [-1, -1, -1, -1])
        self.operators[position : position + 1] = [
            self.operator("CONV_2D", "Conv2DOptions", convolution, inputs, [between]),
            self.operator(
                "DEPTH_TO_SPACE", "DepthToSpaceOptions", interleaving, [between], operator.outputs
            ),
        ]

    def code(self, operator):
        return self.model.operatorCodes[operator.opcodeIndex].builtinCode

    def values(self, number):
        """The values of a tensor as float32; None unless they are in the file, as floats."""
        maker = self.makers.get(int(number))
        if maker is not None and self.code(maker) == OPERATORS.DEQUANTIZE:
            number = maker.inputs[0]
        tensor = self.tensors[number]
        data = self.model.buffers[tensor.buffer].data
        if data is None or tensor.type not in TYPES:
            return None
        values = np.asarray(data, np.uint8).view(TYPES[tensor.type])
        return values.reshape(tensor.shape).astype(np.float32)

    def constant(self, values):
        """The number of a new tensor with these values."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        return self.tensor(values.shape, None, len(self.model.buffers) - 1)

    def tensor(self, shape, signature, buffer=0):
        """The number of a new float32 tensor."""
        tensor = schema.TensorT()
        tensor.shape, tensor.shapeSignature, tensor.buffer = list(shape), signature, buffer
        tensor.type, tensor.name = schema.TensorType.FLOAT32, f"subpixel_{len(self.tensors)}"
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, name, kind, options, inputs, outputs):
        """A new operator."""
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(OPERATORS, name)
        code.version = 1
        self.model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, outputs
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
        operator.builtinOptions = options
        return operator

    def packed(self):
        """The file's content, without operators whose results nothing uses any more."""
        used, kept = set(map(int, self.graph.outputs)), []
        for operator in reversed(self.operators):
            if used.intersection(map(int, operator.outputs)):
                used.update(map(int, operator.inputs))
                kept.append(operator)
        self.graph.operators = kept[::-1]
        builder = flatbuffers.Builder(len(self.model.buffers))
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


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
