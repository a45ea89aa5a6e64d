"""The graph of a .tflite file, to be read and changed."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATORS = schema.BuiltinOperator
KERNELS = {OPERATORS.CONV_2D, OPERATORS.TRANSPOSE_CONV}  # operators with a kernel as second input
TYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}


class Graph:
    """The first graph of a .tflite file, from its content, which LiteRT accepts.

    Attributes:
        operators, tensors: as in the schema; operators in the order in which they run.
    """

    def __init__(self, content):
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        self.graph = self.model.subgraphs[0]
        self.operators, self.tensors = self.graph.operators, self.graph.tensors
        self.makers = {int(n): each for each in self.operators for n in each.outputs}

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

    def whole(self, number):
        """The int32 values of a tensor; None unless they are in the file."""
        data = self.model.buffers[self.tensors[number].buffer].data
        whole = self.tensors[number].type == schema.TensorType.INT32
        return np.asarray(data, np.uint8).view(np.int32) if whole and data is not None else None

    def convolutions(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The kernel, float32 [out, h, w, in], and bias [out] of each, also if it is transposed."""
        inputs = (operator.inputs for operator in self.operators if self.code(operator) in KERNELS)
        pairs = [(self.values(each[1]), self.values(each[-1])) for each in inputs]
        return [(kernel, bias) for kernel, bias in pairs if kernel is not None and bias is not None]

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
        tensor.type, tensor.name = schema.TensorType.FLOAT32, f"new_{len(self.tensors)}"
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
