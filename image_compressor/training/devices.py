"""Training on several devices, on one machine or more: each computes a share of every batch.

This uses Keras' data parallelism, which needs JAX: `keras.distribution.DataParallel`. Every device
has all weights. Steps equal those of one device on JAX, except for the order of sums of floats.
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
    """Processes of a training, seen from one of them.

    Attributes:
        process: number of this process; the first, 0, reads and writes files.
        processes: number of processes.
        devices: number of devices of all processes, which have equally many.
    """

    process: int = 0
    processes: int = 1
    devices: int = 1

    @property
    def first(self) -> bool:
        return self.process == 0

    def broadcast(self, content: bytes) -> bytes:
        """Returns the first process's content in all processes."""
        if self.processes == 1:
            return content
        import numpy as np
        from jax.experimental.multihost_utils import broadcast_one_to_all

        length = int(broadcast_one_to_all(np.int32(len(content))))
        mine = content if self.first else bytes(length)
        return broadcast_one_to_all(np.frombuffer(mine, "uint8")).tobytes()

    def check_same(self, key: str) -> None:
        """Raises InputError in all processes unless all have the same key."""
        if self.processes == 1:
            return
        import numpy as np
        from jax.experimental.multihost_utils import process_allgather

        keys = process_allgather(np.frombuffer(key.encode(), "uint8"))
        others = [number for number, other in enumerate(keys) if (other != keys[0]).any()]
        if others:
            raise InputError(
                f"Process {', '.join(map(str, others))} does not have the same parameters, images, "
                "code and versions as the first one. Check out the same commit on all machines, "
                "and run `dvc pull data/prepared`."
            )

    def leave(self, compressor):
        """Ends the connection, and returns a copy of the model on one device."""
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
    """Lets this process take part in a training on several devices; call it before Keras loads.

    Args:
        devices: 1 to change nothing; or a number of this machine's GPUs, or of virtual CPU devices
            on a machine without GPUs; or the addresses HOST:PORT of processes, which use all GPUs
            that they see. The environment variable KERAS_DISTRIBUTION_PROCESS_ID is the number of
            this process; the others connect to the first one, 0.

    Raises InputError if JAX is not installed, Keras already runs on another backend, devices or
    processes are missing, or a process is lost.
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
    except (
        jax.errors.JaxRuntimeError,
        ValueError,
    ) as error:  # JAX raises both kinds, with a status
        if isinstance(devices, int) or not re.match("[A-Z_]+: ", str(error)):
            raise
        reason = str(error).splitlines()[0][:120].rstrip(".")
        raise InputError(
            f"One of the {len(devices)} processes of the training was lost: {reason}. Start all "
            "processes again: the training resumes after its last complete epoch."
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

    tf.config.set_visible_devices([], "GPU")  # it only reads records, but would take all memory
    available, count = keras.distribution.list_devices(), group.devices
    if len(available) < count:
        raise InputError(
            f"train.devices is {count}, but this machine has {len(available)} "
            f"({', '.join(available)}). Reduce train.devices."
        )
    local = jax.local_device_count()
    if group.processes > 1 and local * group.processes != count:
        raise InputError(
            f"This process has {local} of {count} devices, but all {group.processes} processes "
            "must have equally many. Hide the others with CUDA_VISIBLE_DEVICES."
        )
    parallel = keras.distribution.DataParallel(devices=available[:count], auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)


def _choose_jax():
    if find_spec("jax") is None:
        raise InputError(
            "train.devices needs the package jax. Run `pip install jax`, for GPUs "
            "`pip install 'jax[cuda12]'`; or set train.devices to 1."
        )
    os.environ["KERAS_BACKEND"] = "jax"
    keras = sys.modules.get("keras")
    if keras and keras.backend.backend() != "jax":
        raise InputError(
            f"train.devices needs Keras on JAX, but Keras is already imported on "
            f"{keras.backend.backend()}. Set KERAS_BACKEND=jax."
        )
