"""What a training has come to: to go on after it was stopped, and after a loss not finite."""

import hashlib
import io
import json
import logging
import math
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np

from image_compressor.errors import InputError
from image_compressor.files import replace_file

RECOVERIES = 3
PACKAGE = __name__.split(".")[0]
log = logging.getLogger("train")


class Progress(keras.callbacks.Callback):
    """Keeps all that the rest of a training depends on, as it is before each epoch.

    That is the weights and their averages, the optimizer, the random state, the best weights so
    far and the curves. A training that finds them goes on and ends with the same weights, to the
    byte, as one that never stopped. `keras.callbacks.BackupAndRestore` keeps neither the random
    state nor the best weights.

    When a loss is not finite what was kept last is put back, but for the random state, so that
    the next steps differ. The fourth time it raises InputError, as it does at the end if no epoch
    had a finite loss.

    Args:
        path: of the file, an .npz; or None, to keep it in memory only.
        key: of everything else that determines the result: a file with another is not used.
        broadcast: gives the first process's file in all of them: `devices.Group.broadcast`.
    """

    def __init__(
        self,
        path: Path | None = None,
        key: str = "",
        broadcast: Callable[[bytes], bytes] = lambda content: content,
    ):
        super().__init__()
        self.path, self.key, self.broadcast, self.recoveries = path, key, broadcast, 0
        self.curves: list[dict] = []

    def begin(self, compressor, optimizer, keep_best, replay) -> int:
        """Goes on where the file says. Returns the number of epochs that are done.

        Args:
            keep_best: the EarlyStopping that holds the best weights.
            replay: callbacks that are told of the epochs that are done.
        """
        self.random, self.keep_best, self.replay = compressor.random.state, keep_best, replay
        self.variables = [*compressor.variables, *optimizer.variables]
        self.best: tuple = (None, [])
        self.kept: list[np.ndarray] = []
        content = self.broadcast(
            self.path.read_bytes() if self.path and self.path.is_file() else b""
        )
        if content:
            self._load(content)
        return len(self.curves)

    def on_train_begin(self, logs=None):
        if self.kept:  # not before: `fit` draws from the random state when it begins
            self._restore(self.kept)
        self._keep_best()
        for callback in self.replay:
            for epoch, curves in enumerate(self.curves):
                callback.on_epoch_end(epoch, dict(curves))

    def on_epoch_begin(self, epoch, logs=None):
        if epoch > 0 and not self._finite(self.curves[-1]):
            self._recover(epoch)
        self._keep()
        if self.path:
            self._save(self.path)

    def on_train_batch_end(self, batch, logs=None):
        if not self._finite(logs):
            self._recover(len(self.curves) + 1)
            self.model.reset_metrics()

    def on_epoch_end(self, epoch, logs=None):
        self.curves.append({name: float(value) for name, value in logs.items()})
        if self._finite(logs):
            self.best = (self.keep_best.best, self.keep_best.best_weights or [])
        else:  # which EarlyStopping takes for the best there can be, when it comes first
            self._keep_best()

    def on_train_end(self, logs=None):
        if not any(map(self._finite, self.curves)):
            raise InputError(
                f"None of {len(self.curves)} epochs had a finite loss, so there are no weights to "
                "keep. Lower the learning rate, train more epochs, or check the images."
            )
        if not self._finite(self.curves[-1]):
            self._recover(len(self.curves))
            if self.best[1]:
                self.model.set_weights(self.best[1])

    def end(self):
        """When what was trained is written, nothing is kept."""
        if self.path:
            self.path.unlink(missing_ok=True)

    def _keep_best(self):
        self.keep_best.best, weights = self.best
        self.keep_best.best_weights = weights or None

    @staticmethod
    def _finite(logs):
        return all(math.isfinite(value) for value in logs.values())

    def _recover(self, epoch):
        self.recoveries += 1
        if self.recoveries > RECOVERIES:
            raise InputError(
                "a finite loss",
                f"one that is not, in epoch {epoch}, for the {self.recoveries}th time",
                "Lower train.learning_rate, or check the images.",
            )
        log.warning("The loss of epoch %d is not finite: back to the weights before it.", epoch)
        random = np.array(self.random)
        if keras.backend.backend() == "jax":  # which trains copies of them
            self.model.jax_state_sync()
        self._restore(self.kept)
        self.random.assign(random)

    def _restore(self, values):
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def _keep(self):
        self.kept = [np.array(variable) for variable in self.variables]

    def _save(self, path):
        best, weights = self.best
        facts = {"key": self.key, "curves": self.curves, "best": best}
        arrays = {
            f"{letter}{n}": array
            for letter, several in (("v", self.kept), ("b", weights))
            for n, array in enumerate(several)
        }
        with replace_file(path, force=True) as file:
            np.savez(file, facts=json.dumps(facts), **arrays)

    def _load(self, content):
        try:
            with np.load(io.BytesIO(content)) as loaded:
                arrays = dict(loaded)
            facts = json.loads(str(arrays.pop("facts")))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            log.warning("%s cannot be read (%s): starting anew.", self.path, error)
            return
        if facts["key"] != self.key:
            log.info("%s is of another training: starting anew.", self.path)
            return
        self.curves, self.kept = facts["curves"], _listed(arrays, "v")
        self.best = (facts["best"], _listed(arrays, "b"))
        log.info("Going on after epoch %d.", len(self.curves))


def _listed(arrays, letter):
    return [arrays[f"{letter}{n}"] for n in range(sum(name[0] == letter for name in arrays))]


def fingerprint(settings: dict, *datasets) -> str:
    """A digest of what determines the result of a training.

    That is its settings, its images (datasets of uint8 tensors, in order), this package's code
    for models and batches, and the versions of what it runs on.
    """
    versions = {package: version(package) for package in ("keras", "numpy", "tensorflow")}
    digest = hashlib.sha256(json.dumps([settings, versions], sort_keys=True).encode())
    for path in code():
        digest.update(path.read_bytes())
    for dataset in datasets:
        for image in dataset.as_numpy_iterator():
            digest.update(image.tobytes())
    return digest.hexdigest()


def code() -> list[Path]:
    """The files of this package that have been imported: among them all that decide a training."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == PACKAGE]
    return sorted(Path(module.__file__) for module in modules if module.__file__)
