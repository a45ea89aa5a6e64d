"""rivals: measures the classical codecs on the test split -> reports/rivals, one curve each."""

import logging
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.parameters import checked
from tasks.stage import main


@checked
def run(
    prepared: Path = Path("data/prepared"),
    directory: Path = Path("reports/rivals"),
    /,
    *,
    points: Annotated[int, Field(ge=4)] = 8,
    images: Annotated[int, Field(ge=1)] = 1000,
) -> None:
    """Measures JPEG, JPEG 2000, WebP, AVIF and JPEG XL, with a file per image and with one sheet.

    All of them measure the same images of the test split. There are sheets only for small images
    of one size. Writes a CSV file for each, and a .npz file with the measures of each image.
    This is a separate stage, so that training does not repeat it.
    """
    from tqdm import tqdm

    from image_compressor.data import datasets, splits
    from image_compressor.evaluation import curves, each, rivals
    from image_compressor.evaluation.distortion import to_see
    from image_compressor.files import replace_directory
    from image_compressor.images.groups import chosen, spread

    every = datasets.sample(prepared, splits.TEST)
    sample = chosen(every, spread(len(every), images))
    with replace_directory(directory) as scratch:
        names = rivals.names(sample)
        for name in tqdm(names, desc="rivals", unit="curve"):
            measured = rivals.measure_each(name, sample, points, to_see(sample))
            curves.save(measured.curve(), scratch / f"{name}.csv")
            each.save(measured, scratch / f"{name}.npz")
    logging.getLogger("rivals").info(
        "%d curves over %d images in %s", len(names), len(sample), directory
    )


if __name__ == "__main__":
    main(run, "rivals")
