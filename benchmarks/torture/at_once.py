"""Runs concurrent writers and readers of the same output, and checks what they see.

    python -m benchmarks.torture.at_once [NUMBER]

The theorem, NUMBER (50) times each:

- two `compress --force` write one file, and a third process reads it: it always sees the complete
  output of one of them, and one of these remains;
- `compress` runs while exports of two codecs alternate in one directory: its file is that of one
  codec;
- two `dvc repro` run in one directory: at least one completes, the other says why it does not, and
  the outputs equal those of a single run.

50 take a quarter of an hour. Exit code 1 if the theorem does not hold.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import numpy as np

from benchmarks import arguments
from image_compressor.files import replace_directory
from tests.project import Project

COMMAND = str(Path(sys.executable).with_name("image-compressor"))
RELEASED = Path(__file__).parents[2] / "models/released/digits"
QUALITIES = ("20", "80")


def compress(images: Path, output: Path, codec: Path, quality: str) -> list[str]:
    options = ["--codec", str(codec), "--quality", quality, "--force"]
    return [COMMAND, "compress", str(images), "-o", str(output), *options]


def made(*command: str) -> bytes:
    """Runs `compress` while nothing else runs; returns its output."""
    subprocess.run(command, check=True, capture_output=True)
    return Path(command[command.index("-o") + 1]).read_bytes()


@contextmanager
def meanwhile(act) -> Iterator[None]:
    """Calls `act` repeatedly while the block runs."""
    over = Event()

    def again():
        while not over.is_set():
            act()

    thread = Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def two_writers(directory: Path, images: Path, number: int) -> Counter:
    output, seen = directory / "output.imgc", Counter()
    commands = [compress(images, output, RELEASED, quality) for quality in QUALITIES]
    whole = {made(*command): f"quality {command[-2]}" for command in commands}
    with meanwhile(lambda: seen.update([whole.get(output.read_bytes(), "TORN")])):
        for _ in range(number):
            for writer in [subprocess.Popen(command) for command in commands]:
                seen["ended"] += writer.wait() == 0
    return seen


def while_replaced(directory: Path, images: Path, number: int) -> Counter:
    output, codec, seen = directory / "output.imgc", directory / "codec", Counter()
    others = other_codecs(directory)
    whole = {made(*compress(images, output, other, "50")): other.name for other in others}

    def replace():
        for other in others:
            with replace_directory(codec) as scratch:
                shutil.copytree(other, scratch, dirs_exist_ok=True)
            seen["replaced"] += 1

    replace()
    with meanwhile(replace):
        for _ in range(number):
            seen[whole.get(made(*compress(images, output, codec, "50")), "MIXED")] += 1
    return seen


def other_codecs(directory: Path) -> list[Path]:
    """Writes copies of the released codec, as it is and with the order of qualities reversed."""
    same, other = directory / "one", directory / "other"
    for path in (same, other):
        shutil.copytree(RELEASED, path)
        (path / "card.json").unlink()
    with np.load(same / "tables.npz") as file:
        arrays = dict(file)
    for name in ("widths", "classes", "index", "offsets"):
        arrays[name] = arrays[name][::-1]
    np.savez_compressed(other / "tables.npz", **arrays)
    return [same, other]


def two_repros(directory: Path, number: int) -> Counter:
    project, seen = Project(directory / "undisturbed"), Counter()
    project.repro()
    expected = project.results()
    for round_ in range(number):
        project = Project(directory / f"round-{round_}")
        command = [sys.executable, "-m", "dvc", "repro"]
        options = {"cwd": project.directory, "text": True, "stderr": subprocess.STDOUT}
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, **options) for _ in "ab"]
        said = [run.communicate()[0] for run in runs]
        for run, text in zip(runs, said, strict=True):
            refused = "is busy" in text or "Unable to acquire lock" in text
            seen["completed" if run.returncode == 0 else "refused" if refused else "FAILED"] += 1
        seen["whole" if project.results() == expected else "OTHER RESULTS"] += 1
        shutil.rmtree(project.directory)
    return seen


def main() -> None:
    (number,) = arguments(__doc__, number=50)
    os.environ |= {"DVC_NO_ANALYTICS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with TemporaryDirectory() as temporary:
        directory = Path(temporary).resolve()
        images = directory / "images.npy"
        np.save(images, np.random.default_rng(0).integers(0, 256, (3000, 28, 28), np.uint8))
        seen = {
            "two compress into one file": two_writers(directory, images, number),
            "compress while codecs are replaced": while_replaced(directory, images, number),
            "two dvc repro in one directory": two_repros(directory, max(1, number // 10)),
        }
    for name, counted in seen.items():
        print(f"{name}: {dict(counted)}")
    sys.exit(any(outcome.isupper() for counted in seen.values() for outcome in counted))


if __name__ == "__main__":
    main()
