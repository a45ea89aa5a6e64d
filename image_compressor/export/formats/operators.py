"""TensorFlow operators that tf2onnx lacks."""

import numpy as np
from tf2onnx import utils
from tf2onnx.handler import tf_op


@tf_op("Erfc")
class Erfc:
    """1 - Erf, used by Keras' GELU."""

    @classmethod
    def version_9(cls, graph, node, **kwargs):
        erf = graph.make_node("Erf", node.input)
        _subtract(graph, node, _one(graph, node), erf)


@tf_op("Expm1")
class Expm1:
    """Exp - 1, used by Keras' CELU."""

    @classmethod
    def version_6(cls, graph, node, **kwargs):
        exp = graph.make_node("Exp", node.input)
        _subtract(graph, node, exp, _one(graph, node))


def _one(graph, node):
    dtype = utils.map_onnx_to_numpy_type(graph.get_dtype(node.output[0]))
    return graph.make_const(utils.make_name("one"), np.array(1, dtype))


def _subtract(graph, node, left, right):
    """Replaces `node` by a subtraction."""
    graph.remove_node(node.name)
    ends = [left.output[0], right.output[0]]
    graph.make_node("Sub", ends, name=node.name, outputs=node.output)
