"""Several devices, of this machine or of several: each computes a share of every batch.

Keras' data parallelism, which it has on JAX: `keras.distribution.DataParallel`. Every device has
all weights. Steps are those of one device on JAX, but for the order in which floats are summed.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from image_compressor.errors import InputError
from image_compressor.training import rendezvous


@dataclass(frozen=True)
class Group:
    """The processes of a training, as one of them sees it.

    Attributes:
        process: which of them this is; the first, 0, reads and writes files.
        processes: how many there are.
        devices: how many they have together, each of them as many as the others.
    """

    process: int = 0
    processes: int = 1
    devices: int = 1

    @property
    def first(self) -> bool:
        return self.process == 0

    def broadcast(self, content: bytes) -> bytes:
        """What the first process gives, in all of them."""
        if self.processes == 1:
            return content
        import numpy as np
        from jax.experimental.multihost_utils import broadcast_one_to_all

        length = int(broadcast_one_to_all(np.int32(len(content))))
        mine = content if self.first else bytes(length)
        return broadcast_one_to_all(np.frombuffer(mine, "uint8")).tobytes()

    def check_same(self, key: str) -> None:
        """Raises InputError, in all of them, unless they give the same."""
        if self.processes == 1:
            return
        import numpy as np
        from jax.experimental.multihost_utils import process_allgather

        keys = process_allgather(np.frombuffer(key.encode(), "uint8"))
        others = [number for number, one in enumerate(keys) if (one != keys[0]).any()]
        if others:
            raise InputError(
                f"the same parameters, images, code and versions in all {self.processes} processes",
                f"others than the first's in process {', '.join(map(str, others))}",
                "Bring them to the same commit, and data/prepared too: `dvc pull`.",
            )

    def leave(self, compressor):
        """The same model on one device: from here on each process is alone."""
        if self.devices == 1:
            return compressor
        import keras

        config, weights = compressor.get_config(), compressor.get_weights()
        keras.distribution.set_distribution(None)
        if self.processes > 1:
            rendezvous.part()
        copy = type(compressor).from_config(config)
        copy.set_weights(weights)
        return copy


@contextmanager
def joined(devices: int | list[str]) -> Iterator[Group]:
    """Makes this process one of a training on several devices, before Keras is imported.

    Args:
        devices: 1, and nothing changes; how many of this machine's, which on a machine without GPUs
            are made of its cores; or addresses HOST:PORT of processes, which use all GPUs that they
            see. The environment variable KERAS_DISTRIBUTION_PROCESS_ID says which is this one; the
            first, 0, is where the others find it.

    Raises InputError where JAX is not installed, Keras runs on something else already, devices or
    processes are missing, and when a process is lost.
    """
    if devices == 1:
        yield Group()
        return
    _choose_jax()
    import jax

    logging.getLogger("jax").setLevel(logging.ERROR)
    try:
        group = _group(devices)
        _distribute(group)
        yield group
    except (jax.errors.JaxRuntimeError, ValueError) as error:  # either, begun by a status
        if isinstance(devices, int) or not re.match("[A-Z_]+: ", str(error)):
            raise
        raise InputError(
            f"{len(devices)} processes until the training is done",
            f"one was lost: {str(error).splitlines()[0][:120]}",
            "Start all again: it goes on after its last whole epoch.",
        ) from None


def _group(devices):
    import jax

    if isinstance(devices, int):
        jax.config.update("jax_num_cpu_devices", devices)
        return Group(0, 1, devices)
    process = rendezvous.meet(devices)
    return Group(process, len(devices), jax.device_count())


def _distribute(group):
    import jax
    import keras
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")  # it reads records, and would take all memory
    there, count = keras.distribution.list_devices(), group.devices
    if len(there) < count:
        received = f"{len(there)}: {', '.join(there)}"
        raise InputError(f"{count} devices", received, "Lower train.devices.")
    here = jax.local_device_count()
    if group.processes > 1 and here * group.processes != count:
        fix = "Hide some: CUDA_VISIBLE_DEVICES."
        raise InputError("as many devices in each process", f"{here} of {count} here", fix)
    parallel = keras.distribution.DataParallel(devices=there[:count], auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)


def _choose_jax():
    if find_spec("jax") is None:
        raise InputError(
            "the package jax, as train.devices asks for",
            "none",
            "Run `pip install jax`, for GPUs `pip install 'jax[cuda12]'`; or set it to 1.",
        )
    os.environ["KERAS_BACKEND"] = "jax"
    keras = sys.modules.get("keras")
    if keras and keras.backend.backend() != "jax":
        raise InputError(
            "Keras on JAX, as train.devices asks for",
            f"on {keras.backend.backend()}, imported already",
            "Set KERAS_BACKEND=jax.",
        )
