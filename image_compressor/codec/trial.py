"""Tries the networks of a codec from a file in a process of its own, which may neither crash this
one nor take much memory or time."""

import contextlib
import hashlib
import json
import struct
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from image_compressor.codec import store
from image_compressor.codec.exported import Files
from image_compressor.codec.file.reading import damaged
from image_compressor.codec.frozen.tflite import OPERATORS, Graph
from image_compressor.codec.hyper import PANEL
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.codec.tiles import MARGIN, TILE

PASSED = "tried"  # directory in the store, with a file for each that passed
SECONDS = 20
MEMORY = 3 * 2**30  # bytes of data; `photo` takes 0.5 GB for a tile
LARGEST_STRIDE = 64  # pixels a latent, along an axis
# None makes integers of floats: sizes must not depend on what is decoded, but only on its shape.
NAMES = """
ABS ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE DIV
ELU EXP EXPAND_DIMS FLOOR FULLY_CONNECTED GELU HARD_SWISH LEAKY_RELU LOG LOGISTIC MAXIMUM
MAX_POOL_2D MEAN MINIMUM MUL NEG PACK PAD POW PRELU QUANTIZE RELU RELU6 RESHAPE ROUND RSQRT SHAPE
SLICE SPACE_TO_DEPTH SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM TANH TRANSPOSE
TRANSPOSE_CONV
"""
ALLOWED = {getattr(OPERATORS, name) for name in NAMES.split()}


def check(networks: Files) -> None:
    """Raises InputError unless the networks have only ALLOWED operators, and run within MEMORY and
    SECONDS. Networks that passed are remembered in the store."""
    mark = _mark(networks)
    if mark is not None and mark.exists():
        return
    _try(networks)
    if mark is not None:
        with contextlib.suppress(OSError):  # it is tried again next time
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def _mark(networks) -> Path | None:
    """The file that is there once these networks have passed; None if there is no store."""
    place = store.directory()
    digest = hashlib.sha256(b"".join([version("ai-edge-litert").encode(), *networks.values()]))
    return None if place is None else place / PASSED / digest.hexdigest()


def _try(networks):
    sizes = json.dumps({name: len(content) for name, content in networks.items()}).encode()
    given = struct.pack("<I", len(sizes)) + sizes + b"".join(networks.values())
    # -P: the current directory, which may be the file's own, must not provide modules.
    command = [sys.executable, "-P", "-m", __spec__.name]
    try:
        tried = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise damaged(f"an embedded codec that takes more than {SECONDS} s") from None
    if tried.returncode:
        lines = tried.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1][:200] if lines else f"it ended with code {tried.returncode}"
        raise damaged(f"an embedded codec that does not run: {reason}")


def main() -> None:
    """Runs the networks from standard input once, on as much as is decoded at a time."""
    _limit_memory()
    data = sys.stdin.buffer.read()
    (length,) = struct.unpack_from("<I", data)
    sizes, start, networks = json.loads(data[4 : 4 + length]), 4 + length, {}
    for name, size in sizes.items():
        networks[name] = data[start : start + size]
        start += size
    for content in networks.values():
        _check_operators(content)
    _run(LiteRTNetworks(networks))


def _limit_memory():
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows; a lower limit already
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _check_operators(content):
    graph = Graph(content)
    names = {code: name for name, code in vars(OPERATORS).items() if isinstance(code, int)}
    others = {graph.code(operator) for operator in graph.operators} - ALLOWED
    if others or len(graph.model.subgraphs) != 1:
        found = ", ".join(sorted(names.get(code, str(code)) for code in others))
        raise ValueError(f"operators that no codec has: {found or 'several graphs'}")


def _run(networks):
    image, latent = networks.image_shape, networks.latent_shape
    if image[0] is not None:
        count, shape, expected = networks.batch, latent, image
    else:
        side = TILE + 2 * MARGIN
        if not 1 <= networks.stride <= LARGEST_STRIDE:
            raise ValueError(f"{networks.stride} pixels a latent")
        pixels = side * networks.stride
        count, shape, expected = 1, (side, side, latent[-1]), (pixels, pixels, image[-1])
    images = networks.decode(np.zeros((count, *shape), np.float32))
    _check_shape(images, (count, *expected))
    if hasattr(networks, "hyper_stride"):
        _run_hyper_decoder(networks, latent[-1])


def _run_hyper_decoder(networks, channels):
    if not 1 <= networks.hyper_stride <= PANEL:
        raise ValueError(f"{networks.hyper_stride} latents a hyper-latent")
    side = -(-PANEL // networks.hyper_stride)
    found = networks.hyper_decode(np.zeros((1, side, side, networks.hyper_channels), np.float32))
    _check_shape(found, (1, *[side * networks.hyper_stride] * 2, 2 * channels))


def _check_shape(result, expected):
    if result.shape != expected:
        raise ValueError(f"a result of {result.shape}, not {expected}")


if __name__ == "__main__":
    main()
