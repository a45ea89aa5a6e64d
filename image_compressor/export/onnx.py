"""The networks as ONNX, for ONNX Runtime: in browsers, on phones, from C++, C# or Java."""

import warnings
from pathlib import Path

import onnx

import image_compressor.export.operators  # noqa: F401  registers them
from image_compressor.export.source import Source
from image_compressor.export.verification import Network, check_networks

# The names of inputs and outputs, the same for every architecture.
ENDS = {
    "encoder": ("images", "latents"),
    "decoder": ("latents", "images"),
    "hyper_encoder": ("latents", "hyper_latents"),
    "hyper_decoder": ("hyper_latents", "means_and_scales"),
    "full": ("images", "reconstructions"),
}


def write(source: Source, directory: Path) -> None:
    """encoder.onnx, decoder.onnx and perhaps full.onnx: float32, for any number of images.

    The decoder's images are not clipped to 0..1, as in its other formats.
    """
    for name, network in source.networks.items():
        path = directory / f"{name}.onnx"
        with warnings.catch_warnings():
            # Keras asks NumPy whether it still has `np.object`, to mend tf2onnx where not.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            network.export(path, format="onnx", verbose=False)
        model = onnx.load(path)
        _name(model.graph, *ENDS[name])
        onnx.checker.check_model(model)
        onnx.save(model, path)


def verify(source: Source, directory: Path) -> None:
    """Raises InputError where they compute something else."""
    networks = {name: load(directory / f"{name}.onnx") for name in source.networks}
    check_networks("onnx", networks, source)


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
