"""Operators of TensorFlow that tf2onnx lacks."""

import numpy as np
from tf2onnx import utils
from tf2onnx.handler import tf_op


@tf_op("Erfc")
class Erfc:
    """1 - Erf, in Keras' GELU."""

    @classmethod
    def version_9(cls, graph, node, **kwargs):
        dtype = utils.map_onnx_to_numpy_type(graph.get_dtype(node.output[0]))
        one = graph.make_const(utils.make_name("one"), np.array(1, dtype))
        erf = graph.make_node("Erf", node.input)
        graph.remove_node(node.name)
        ends = [one.output[0], erf.output[0]]
        graph.make_node("Sub", ends, name=node.name, outputs=node.output)
