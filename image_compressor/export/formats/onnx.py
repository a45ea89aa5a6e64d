"""The networks as ONNX, for ONNX Runtime: in browsers, on phones, from C++, C# or Java."""

import warnings
from pathlib import Path

import onnx

import image_compressor.export.formats.operators  # noqa: F401  registers them
from image_compressor.codec.exported import NETWORKS
from image_compressor.export.trained_model import TrainedModel
from image_compressor.export.verification import Network, check_networks

# The names of inputs and outputs, the same for every architecture.
INPUTS = ("images", "latents", "latents", "hyper_latents")
OUTPUTS = ("latents", "images", "hyper_latents", "means_and_scales")
ENDS = dict(zip(NETWORKS, zip(INPUTS, OUTPUTS, strict=True), strict=True))
ENDS["full"] = ("images", "reconstructions")


def write(trained: TrainedModel, directory: Path) -> None:
    """encoder.onnx, decoder.onnx and perhaps full.onnx: float32, for any number of images.

    The decoder's images are not clipped to 0..1, as in its other formats.
    """
    for name, network in trained.networks.items():
        path = directory / f"{name}.onnx"
        with warnings.catch_warnings():
            # Keras asks NumPy whether it still has `np.object`, to mend tf2onnx where not.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            network.export(path, format="onnx", verbose=False)
        model = onnx.load(path)
        _name(model.graph, *ENDS[name])
        onnx.checker.check_model(model)
        onnx.save(model, path)


def verify(trained: TrainedModel, directory: Path) -> None:
    """Raises InputError where they compute something else."""
    networks = {name: load(directory / f"{name}.onnx") for name in trained.networks}
    check_networks("onnx", networks, trained)


def load(path: Path) -> Network:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {session.get_inputs()[0].name: x})[0]


def _name(graph, first, last):
    """Names ends by what they are and the rest by its place.

    tf2onnx numbers values by the order of its sets, another in each process: the same network
    would be another file, and DVC would see a change.
    """
    names = {"": "", graph.input[0].name: first, graph.output[0].name: last}
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{number}"
        for values in (node.input, node.output):
            values[:] = [names.setdefault(value, f"value_{len(names)}") for value in values]
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = names[value.name]
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    graph.initializer.sort(key=lambda tensor: int(tensor.name.rpartition("_")[2]))
    del graph.value_info[:]
