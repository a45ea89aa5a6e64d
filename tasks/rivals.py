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
    points: Annotated[int, Field(ge=4)],
) -> None:
    """Measures JPEG, JPEG 2000, WebP, AVIF and JPEG XL, with a file per image and with one sheet.

    There are no sheets for images of different sizes. Writes one CSV file for each. This is a
    separate stage, so that training does not repeat it.
    """
    from tqdm import tqdm

    from image_compressor.data import datasets, splits
    from image_compressor.evaluation import curves, rivals
    from image_compressor.files import replace_directory

    images = datasets.sample(prepared, splits.TEST)
    with replace_directory(directory) as scratch:
        names = rivals.names(images)
        for name in tqdm(names, desc="rivals", unit="curve"):
            curves.save(rivals.measure(name, images, points), scratch / f"{name}.csv")
    logging.getLogger("rivals").info("%d curves in %s", len(names), directory)


if __name__ == "__main__":
    main(run, "rivals")
