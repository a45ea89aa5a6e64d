"""Progress of a training, to resume after it was stopped or after a loss that is not finite."""

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
    """Callback that saves a checkpoint before each epoch with all that the training depends on.

    These are the weights and their averages, the optimizer, the random state, the best weights so
    far and the curves. A training that finds a checkpoint resumes there, and ends with exactly the
    same weights as one that never stopped. `keras.callbacks.BackupAndRestore` keeps neither the
    random state nor the best weights.

    If a loss is not finite, the last checkpoint is restored, except for the random state, so that
    the next steps differ. The fourth time raises InputError, as does a training without any epoch
    with a finite loss.

    Args:
        path: path of the file, an .npz; None keeps the checkpoint in memory only.
        key: digest of all else that determines the result; a file with another key is not used.
        broadcast: returns the first process's file in all processes: `devices.Group.broadcast`.
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
        """Resumes from the file, if there is one; returns the number of finished epochs.

        Args:
            keep_best: the EarlyStopping that holds the best weights.
            replay: callbacks to notify of the finished epochs.
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
        if self.kept:  # not earlier, because `fit` draws from the random state when it begins
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
        else:  # if it comes first, EarlyStopping would keep it as the best
            self._keep_best()

    def on_train_end(self, logs=None):
        if not any(map(self._finite, self.curves)):
            raise InputError(
                f"None of {len(self.curves)} epochs had a finite loss, so there are no weights to "
                "keep. Reduce the learning rate, train more epochs, or check the images."
            )
        if not self._finite(self.curves[-1]):
            self._recover(len(self.curves))
            if self.best[1]:
                self.model.set_weights(self.best[1])

    def end(self):
        """Removes the file, after the trained model has been written."""
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
                f"The loss is not finite in epoch {epoch}, for the {self.recoveries}th time. "
                "Reduce train.learning_rate, or check the images."
            )
        log.warning("The loss of epoch %d is not finite: restoring the weights before it.", epoch)
        random = np.array(self.random)
        if keras.backend.backend() == "jax":  # it trains copies of the weights
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
            log.warning("%s cannot be read (%s): starting from scratch.", self.path, error)
            return
        if facts["key"] != self.key:
            log.info("%s belongs to another training: starting from scratch.", self.path)
            return
        self.curves, self.kept = facts["curves"], _listed(arrays, "v")
        self.best = (facts["best"], _listed(arrays, "b"))
        log.info("Resuming after epoch %d.", len(self.curves))


def _listed(arrays, letter):
    return [arrays[f"{letter}{n}"] for n in range(sum(name[0] == letter for name in arrays))]


def fingerprint(settings: dict, *datasets) -> str:
    """Returns a digest of all that determines the result of a training.

    This covers its settings, its images (datasets of uint8 tensors, in order), this package's code
    for models and batches, and the versions of the packages that it runs on.
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
    """Lists the imported files of this package, which include all that determine a training."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == PACKAGE]
    return sorted(Path(module.__file__) for module in modules if module.__file__)
