"""Says where the codec that the pipeline made is, how it measures, and what to do with it.

`make reproduce` and `make flow` end with it.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.report import results

COMMAND = "make reproduce"


def summary(
    exported: Path = Path("models/exported"),
    reports: Path = Path("reports"),
    program: Path = Path(".venv/bin/image-compressor"),
) -> Iterator[str]:
    """Yields the lines. Raises InputError where the pipeline has not run to its end."""
    card = results.read_json(exported / "card.json", ("id", "parameters"), COMMAND)
    keys = ("quality", "images", "bytes_per_image", "ssim")
    measured = results.read_json(reports / "evaluation/measures.json", keys, COMMAND)
    worst = min(results.per_image(reports / "evaluation/images.csv")["ssim"])
    command = program if program.exists() else program.name
    fit = "" if card["parameters"]["preprocess"]["fit"] == "native" else " --fit"

    yield f"Codec    {exported}, id {card['id'][:8]}"
    yield (
        "         {bytes_per_image:.1f} bytes an image at SSIM {ssim:.3f} (worst {worst:.3f}), "
        "over {images} test images at quality {quality}"
    ).format(**measured, worst=worst)
    yield f"Report   {reports / 'report.html'}, a page for any browser"
    yield f"Try it   {command} demo"
    yield f"         {command} compress data/raw/images -o images.imgc{fit}"


def main() -> None:
    """Prints the lines. Where they cannot be told: one line, exit code 1."""
    ArgumentParser("python -m tasks.summary", description=__doc__).parse_args()
    try:
        print(*summary(), sep="\n")
    except InputError as error:
        sys.exit(f"summary: {error}")


if __name__ == "__main__":
    main()
