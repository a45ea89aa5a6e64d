"""Kills commands that write files, at random moments, and checks their outputs and the next run.

    python -m benchmarks.torture.interrupted [NUMBER] [SEED]

The theorem, for `compress`, `decompress` and `dvc repro`, each killed (SIGKILL, with all its
children) NUMBER times:

- an output is either the old one or the new one, and nothing in between;
- the next run completes, and its outputs equal those of an undisturbed run, to the byte;
- no other files are left beside them.

`dvc repro` runs this project's stages on 200 digits; it is killed repeatedly until it completes,
and then starts from scratch, so that every stage is hit. 50 of each take half an hour. Exit code 1
if the theorem does not hold.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks import arguments
from tests.project import Project

COMMAND = [str(Path(sys.executable).with_name("image-compressor"))]
LONGEST = 20.0  # seconds of `dvc repro` before it is killed


def contents(*paths: Path) -> dict[str, bytes]:
    """Reads the files at and below `paths`, including hidden ones, by path."""
    files = [file for path in paths for file in [path, *path.rglob("*")] if file.is_file()]
    return {str(file): file.read_bytes() for file in files}


def killed(command: list[str], moment: float, directory: Path) -> tuple[bool, str]:
    """Runs a command and kills it after `moment` seconds -> (whether it had ended, its output)."""
    log = directory.with_suffix(".log")
    with log.open("w") as file:
        options = {"cwd": directory, "stdout": file, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(command, start_new_session=True, **options)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        ended = process.poll() is not None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return ended, log.read_text()


def commands(directory: Path, number: int, chance: random.Random) -> bool:
    """Kills `compress` and `decompress`, each while it overwrites an output."""
    digits = directory / "digits"
    digits.mkdir()
    noise = np.random.default_rng(0)
    for name in range(400):
        Image.fromarray(noise.integers(0, 256, (28, 28), np.uint8)).save(digits / f"{name}.png")
    codec = ["--codec", "digits", "--force"]
    first, whole = directory / "first.imgc", directory / "whole.imgc"
    few = [*COMMAND, "compress", str(digits / "7.png"), "-o", str(first), *codec]
    many = [*COMMAND, "compress", str(digits), "-o", str(whole), *codec]
    for command in (few, many):
        subprocess.run(command, check=True, capture_output=True)
    output = directory / "work/out.imgc"
    holds = command_holds("compress", many, first, whole, output, number, chance)
    new = directory / "images"
    back = [*COMMAND, "decompress", str(whole), "-o", str(new), *codec]
    subprocess.run(back, check=True, capture_output=True)
    old = directory / "old"
    shutil.copytree(new, old)
    for image in old.iterdir():
        image.write_bytes(b"old")
    output = directory / "work/images"
    return command_holds("decompress", back, old, new, output, number, chance) & holds


def command_holds(name, command, old, new, output, number, chance) -> bool:
    """Kills a command `number` times while it replaces `output`, a copy of `old`, by `new`."""
    command = [str(output) if part == str(new) else part for part in command]
    copy = shutil.copytree if old.is_dir() else shutil.copy
    before, after = (
        {str(output / Path(path).relative_to(of)): data for path, data in contents(of).items()}
        for of in (old, new)
    )
    output.parent.mkdir(exist_ok=True)
    copy(old, output)
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    takes = time.monotonic() - began
    outcomes: Counter[str] = Counter()
    for _ in range(number):
        shutil.rmtree(output.parent)
        output.parent.mkdir()
        copy(old, output)
        killed(command, chance.uniform(0, takes), output.parent)
        left = contents(output)
        mixed = left.keys() == after.keys() and all(
            data in (before[path], after[path]) for path, data in left.items()
        )
        state = {str(before): "old", str(after): "new"}.get(str(left), "mixed" if mixed else "torn")
        subprocess.run(command, check=True, capture_output=True)
        whole = contents(output.parent) == after
        outcomes[f"{state}, then {'whole' if whole else 'NOT whole'}"] += 1
    print(f"{name}, killed within {takes:.1f} s: {dict(outcomes)}", flush=True)
    return not any("NOT" in outcome or "torn" in outcome for outcome in outcomes)


def repro(directory: Path, number: int, chance: random.Random) -> bool:
    """Runs `dvc repro` from scratch, and kills it repeatedly until it completes."""
    undisturbed = Project(directory / "undisturbed")
    undisturbed.repro()
    expected, hit, holds, round_ = undisturbed.results(), Counter(), True, 0
    while hit.total() < number:
        round_ += 1
        project = Project(directory / f"round-{round_}")
        ended = False
        while not ended:
            ended, said = killed(
                [sys.executable, "-m", "dvc", "repro"],
                chance.uniform(0, LONGEST),
                project.directory,
            )
            if not ended:
                hit[(re.findall(r"Running stage '(\w+)'", said) or ["dvc"])[-1]] += 1
            elif "Traceback" in said or "ERROR" in said:
                print(said)
                return False
        whole = project.results() == expected and "up to date" in project.run("dvc", "status")
        holds &= whole and project.repro() == []
        shutil.rmtree(project.directory)
    print(f"dvc repro, killed in {dict(hit)}: whole and equal in {round_} of them: {holds}")
    return holds


def main() -> None:
    number, seed = arguments(__doc__, number=50, seed=0)
    os.environ |= {"DVC_NO_ANALYTICS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    chance = random.Random(seed)
    with TemporaryDirectory() as directory:
        holds = [act(Path(directory).resolve(), number, chance) for act in (commands, repro)]
    sys.exit(not all(holds))


if __name__ == "__main__":
    main()
