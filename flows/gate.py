"""gate: compares models/exported with the promoted codec on the test split -> reports/gate."""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from ruamel.yaml import YAML, YAMLError

from image_compressor.errors import InputError
from image_compressor.evaluation.gate import judge
from image_compressor.evaluation.verdict import Thresholds, Verdict


def run(
    promoted: Path | None,
    prepared: Path = Path("data/prepared"),
    directory: Path = Path("models/exported"),
    report: Path = Path("reports/gate"),
) -> Verdict:
    """Writes verdict.json and verdict.md, and returns the verdict.

    Args:
        promoted: directory of the promoted codec; None if no codec was ever promoted.

    Raises InputError if the directory is missing, or if the section retrain of params.yaml or the
    test split is missing or invalid.
    """
    if promoted is not None and not promoted.is_dir():
        raise InputError(
            f"{promoted}, the directory of the promoted codec, does not exist. Fetch the codec "
            "first: image-compressor fetch codec -o promoted"
        )
    limits = thresholds(Path("params.yaml"))
    from image_compressor.data import datasets, splits  # TensorFlow: after the quick checks

    verdict = judge(directory, promoted, datasets.sample(prepared, splits.TEST), limits)
    report.mkdir(parents=True, exist_ok=True)
    (report / "verdict.json").write_text(json.dumps(verdict.to_dict(), indent=2) + "\n", "utf-8")
    (report / "verdict.md").write_text(verdict.markdown(), "utf-8")
    return verdict


def thresholds(path: Path) -> Thresholds:
    """Reads the thresholds from a params.yaml; one that is not there has its default.

    Raises InputError for wrong ones, and without a section retrain.
    """
    try:
        return Thresholds(**YAML(typ="safe").load(path.read_text("utf-8"))["retrain"])
    except (OSError, UnicodeDecodeError, YAMLError, KeyError, TypeError) as error:
        names = ", ".join(Thresholds.__annotations__)
        raise InputError(f"{names} below retrain in {path}", error, "Correct the file.") from None


def main() -> None:
    """Prints the verdict.

    Bad input: one line, exit code 1. The exit code does not depend on the verdict.
    """
    parser = ArgumentParser("python -m flows.gate", description=__doc__)
    parser.add_argument("promoted", nargs="?", type=Path, help="directory of the promoted codec")
    promoted = parser.parse_args().promoted
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        print(run(promoted))
    except InputError as error:
        sys.exit(f"gate: {error}")


if __name__ == "__main__":
    main()
