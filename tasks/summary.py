"""Summary at the end of `make reproduce` and `make flow`: the codec, its measures, next steps."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from image_compressor.codec.guard.floors import of_card
from image_compressor.errors import InputError
from image_compressor.report import results

COMMAND = "make reproduce"


def summary(
    exported: Path = Path("models/exported"),
    reports: Path = Path("reports"),
    program: Path = Path(".venv/bin/image-compressor"),
) -> Iterator[str]:
    """Yields the lines of the summary. Raises InputError if the pipeline has not completed."""
    card = results.read_json(exported / "card.json", ("id", "parameters"), COMMAND)
    keys = ("quality", "images", "bytes_per_image", "ssim")
    measured = results.read_json(reports / "evaluation/measures.json", keys, COMMAND)
    worst = min(results.per_image(reports / "evaluation/images.csv")["ssim"])
    command = program if program.exists() else program.name
    policy = card["parameters"]["preprocess"]["fit"]
    fit = "" if policy == "native" else f" --fit {policy}"

    yield f"Codec    {exported}, id {card['id'][:8]}"
    yield (
        "         {bytes_per_image:.1f} bytes per image at SSIM {ssim:.3f} (worst {worst:.3f}), "
        "over {images} test images at quality {quality}"
    ).format(**measured, worst=worst)
    floors = of_card(card)
    if floors is not None and (weak := floors.warning()):
        yield f"Warning  {weak}"
    beaten = _surely_more(measured)
    if beaten:
        name = max(beaten, key=lambda name: beaten[name])
        yield f"Warning  at equal SSIM it takes {beaten[name]:.0f} % more bytes than {name}:"
        yield f"         use {name}, or train longer, or on more images"
    yield f"Report   {reports / 'report.html'}, a page for any browser"
    yield f"Try it   {command} demo"
    yield f"         {command} compress data/raw/images -o images.imgc{fit}"


def _surely_more(measured):
    """The change in bytes at equal SSIM, in %, beside each rival with a file per image that takes
    fewer, for such images in general: all of the change's interval is above 0."""
    rates, intervals = (measured.get(f"bd_rate_ssim{end}", {}) for end in ("", "_interval"))
    low = {name: interval[0] for name, interval in intervals.items() if interval}
    return {
        name: rate
        for name, rate in rates.items()
        if rate and low.get(name, rate) > 0 and not name.endswith("-sheet")
    }


def main() -> None:
    """Prints the summary. Missing results: one line, exit code 1."""
    ArgumentParser("python -m tasks.summary", description=__doc__).parse_args()
    try:
        print(*summary(), sep="\n")
    except InputError as error:
        sys.exit(f"summary: {error}")


if __name__ == "__main__":
    main()
