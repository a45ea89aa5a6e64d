"""Runs a network on LiteRT, for several threads and processes."""

import contextlib
import ctypes
import threading
from collections import deque
from functools import partial

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from image_compressor.errors import InputError
from image_compressor.parallel import WORKERS, PerProcess

BATCH = 64  # images at once: their activations stay in a core's cache
MOST = 4  # interpreters of networks for any size: they take much memory, and in part all cores


class LiteRTNetwork:
    """float32 arrays [N, ...] -> float32 arrays [N, ...], from a .tflite file's content.

    Attributes:
        input_shape: without N, None for a size that may be any.
        batch: images at once.
    """

    def __init__(self, content: bytes, name: str):
        make = partial(_interpreter, content, name)
        first = make()
        self.input_shape = first.input_shape
        any_size = None in self.input_shape
        self.batch = 1 if any_size else BATCH
        kept = (min(WORKERS, MOST), 1) if any_size else (WORKERS, WORKERS)
        self._pool = PerProcess(partial(_Pool, make, *kept))
        self._pool().idle.append(first)

    def stride(self) -> int:
        """Of its input, along an axis, for one place of its output."""
        side = 256
        with self._pool().one() as interpreter:
            interpreter.resize((1, side, side, self.input_shape[-1]))
            return side // interpreter.output_shape()[1]

    def __call__(self, x):
        starts = range(0, len(x), self.batch)
        with self._pool().one() as interpreter:
            parts = [interpreter(x[start : start + self.batch]) for start in starts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


class _Pool:
    """The interpreters of a network. Making one takes as long as decoding a small image.

    Args:
        make: makes one.
        most: so many run at a time; who asks for another waits.
        kept: of so many the memory is held when none runs.
    """

    def __init__(self, make, most, kept):
        self.make, self.free = make, threading.BoundedSemaphore(most)
        self.idle: deque[_Interpreter] = deque(maxlen=kept)  # drops the oldest for another

    @contextlib.contextmanager
    def one(self):
        """One that no other thread uses meanwhile. After an error it is not used again."""
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
        fix = "Export it again."
        raise InputError("an exported network", f"{name}: {error}", fix) from None


def _give_freed_memory_back():
    """Makes glibc return each freed block of 1 MiB or more to the system, for the whole process.

    Else it raises that limit to 32 MiB once a larger block is freed, and keeps as much as tiles
    take for each thread that ever worked: hundreds of MiB.
    """
    mmap_threshold = -3  # M_MMAP_THRESHOLD
    with contextlib.suppress(AttributeError, OSError, TypeError):  # not glibc
        ctypes.CDLL(None).mallopt(mmap_threshold, 2**20)


class _Interpreter:
    """LiteRT's interpreter: on one core for images of one size, on all for images of any."""

    def __init__(self, content):
        self.interpreter = Interpreter(model_content=content, num_threads=1)
        signature = self.interpreter.get_input_details()[0]["shape_signature"]
        if -1 in signature[1:]:
            _give_freed_memory_back()
            self.interpreter = Interpreter(model_content=content, num_threads=WORKERS)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]
        self.input_shape = tuple(None if size < 0 else int(size) for size in signature[1:])
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

    def output_shape(self):
        return tuple(map(int, self.interpreter.get_output_details()[0]["shape"]))
