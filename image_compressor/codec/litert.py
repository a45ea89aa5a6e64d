"""Runs a network on LiteRT, from several threads and processes."""

import contextlib
import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from image_compressor.errors import InputError
from image_compressor.parallel import WORKERS, PerProcess

BATCH = 64  # images at once, so that their activations stay in a core's cache
MOST = 4  # interpreters of a network for any size: each takes much memory, and partly all cores


_alone = threading.Lock()  # two threads that redirect file descriptor 2 at once could lose it


class LiteRTNetwork:
    """float32 arrays [N, ...] -> float32 arrays [N, ...], from a .tflite file's content.

    Args:
        content: the file's content.
        name: its name, for errors.
        rewrite: makes another network of it that computes the same.

    Attributes:
        input_shape, output_shape: the shapes without N; None stands for any size.
        batch: the number of images at once.
    """

    def __init__(self, content: bytes, name: str, rewrite: Callable[[bytes], bytes] | None = None):
        make = partial(_interpreter, content, name)
        with _quiet():
            first = make()
        if rewrite is not None:  # after LiteRT has accepted the file
            make = partial(_interpreter, rewrite(content), name)
            first = make()
        self.input_shape, self.output_shape = first.input_shape, first.output_shape
        any_size = None in self.input_shape
        self.batch = 1 if any_size else BATCH
        kept = (min(WORKERS, MOST), 1) if any_size else (WORKERS, WORKERS)
        self._pool = PerProcess(partial(_Pool, make, *kept))
        self._pool().idle.append(first)

    def upscaling(self) -> int:
        """The number of output positions, along an axis, for one position of the input."""
        return self(np.zeros((1, 1, 1, self.input_shape[-1]), np.float32)).shape[1]

    def __call__(self, x):
        starts = range(0, len(x), self.batch)
        with self._pool().one() as interpreter:
            parts = [interpreter(x[start : start + self.batch]) for start in starts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


class _Pool:
    """The interpreters of a network. Making one takes as long as decoding a small image.

    Args:
        make: makes an interpreter.
        most: the number that may run at a time; further callers wait.
        kept: the number of idle interpreters that are kept in memory.
    """

    def __init__(self, make, most, kept):
        self.make, self.free = make, threading.BoundedSemaphore(most)
        self.idle: deque[_Interpreter] = deque(maxlen=kept)  # drops the oldest when full

    @contextlib.contextmanager
    def one(self):
        """An interpreter for the caller alone. After an error it is discarded."""
        with self.free:
            try:
                interpreter = self.idle.pop()
            except IndexError:
                interpreter = self.make()
            yield interpreter
            self.idle.append(interpreter)


def _interpreter(content, name):
    try:
        return _Interpreter(content)
    except (ValueError, RuntimeError) as error:
        raise InputError("an exported network", f"{name}: {error}", "Export it again.") from None


@contextlib.contextmanager
def _quiet():
    """Drops the line that LiteRT writes to file descriptor 2 with its first interpreter."""
    with _alone:
        sys.stderr.flush()
        stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(nowhere)


def _give_freed_memory_back():
    """Makes glibc return freed blocks of 1 MiB or more to the system, in the whole process.

    By default it raises this threshold up to 32 MiB as larger blocks are freed, and then keeps
    the memory of the tiles for every thread that ever ran: hundreds of MiB.
    """
    mmap_threshold = -3  # M_MMAP_THRESHOLD
    with contextlib.suppress(AttributeError, OSError, TypeError):  # not glibc
        ctypes.CDLL(None).mallopt(mmap_threshold, 2**20)


class _Interpreter:
    """A LiteRT interpreter: on one core for images of one size, on all cores for any size."""

    def __init__(self, content):
        self.interpreter = Interpreter(model_content=content, num_threads=1)
        inputs = self.interpreter.get_input_details()
        outputs = self.interpreter.get_output_details()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ValueError(f"{len(inputs)} inputs and {len(outputs)} outputs, not one each")
        self.input, self.output = inputs[0]["index"], outputs[0]["index"]
        self.input_shape, self.output_shape = (
            tuple(None if size < 0 else int(size) for size in details[0]["shape_signature"][1:])
            for details in (inputs, outputs)
        )
        if None in self.input_shape:
            _give_freed_memory_back()
            self.interpreter = Interpreter(model_content=content, num_threads=WORKERS)
        self.interpreter.allocate_tensors()
        self.shape = None

    def __call__(self, x):
        if x.shape != self.shape:
            self.resize(x.shape)
        self.interpreter.set_tensor(self.input, np.ascontiguousarray(x, np.float32))
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)

    def resize(self, shape):
        self.interpreter.resize_tensor_input(self.input, shape)
        self.interpreter.allocate_tensors()
        self.shape = shape
