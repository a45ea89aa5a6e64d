"""Networks as ONNX files, for ONNX Runtime: in browsers, on phones, from C++, C# or Java."""

import warnings
from pathlib import Path

import onnx

import image_compressor.export.formats.operators  # noqa: F401  registers them
from image_compressor.codec.exported import NETWORKS
from image_compressor.export.trained_model import TrainedModel
from image_compressor.export.verification import Network, check_networks

# Fixed names, so that users need not know the architecture.
INPUTS = ("images", "latents", "latents", "hyper_latents")
OUTPUTS = ("latents", "images", "hyper_latents", "means_and_scales")
ENDS = dict(zip(NETWORKS, zip(INPUTS, OUTPUTS, strict=True), strict=True))
ENDS["full"] = ("images", "reconstructions")


def write(trained: TrainedModel, directory: Path) -> None:
    """Writes encoder.onnx, decoder.onnx and, in mode full, full.onnx, for any number of images.

    As in the other formats, they are float32, and the decoder's images are not clipped to 0..1.
    """
    for name, network in trained.networks.items():
        path = directory / f"{name}.onnx"
        with warnings.catch_warnings():
            # Keras checks for `np.object`, which tf2onnx needs, to restore it if it is missing.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            network.export(path, format="onnx", verbose=False)
        model = onnx.load(path)
        _name(model.graph, *ENDS[name])
        onnx.checker.check_model(model)
        onnx.save(model, path)


def verify(trained: TrainedModel, directory: Path) -> None:
    """Raises InputError if the files compute something else."""
    networks = {name: load(directory / f"{name}.onnx") for name in trained.networks}
    check_networks("onnx", networks, trained)


def load(path: Path) -> Network:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {session.get_inputs()[0].name: x})[0]


def _name(graph, first, last):
    """Renames inputs and outputs by their meaning, and all other values by their position.

    tf2onnx numbers values in the order of its sets, which differs between processes: the same
    network would give different files, and DVC would see a change.
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
