"""evaluate: models/trained on the test split -> reports/evaluation: metrics, a table, a picture."""

import logging
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.stage import checked, main


@checked
def run(
    prepared: Path = Path("data/prepared"),
    trained_directory: Path = Path("models/trained"),
    directory: Path = Path("reports/evaluation"),
    /,
    *,
    grid_images: Annotated[int, Field(ge=1)],
) -> None:
    """Measures the codec through its own bytes, on the whole test split.

    Writes metrics.json; images.csv, a row an image; and grid.png, original | reconstruction of
    `grid_images`, taken evenly over the split.
    """
    import numpy as np

    from image_compressor.codec.codec import Codec
    from image_compressor.data import datasets, splits
    from image_compressor.evaluation import pictures
    from image_compressor.evaluation.measures import evaluate
    from image_compressor.model import trained

    compressor, tables = trained.load(trained_directory)
    images = datasets.array(prepared, splits.TEST)
    evaluation = evaluate(Codec(compressor.generator, tables), images)
    directory.mkdir(parents=True, exist_ok=True)
    evaluation.measures.save(directory / "metrics.json")
    evaluation.save_table(directory / "images.csv")
    shown = np.linspace(0, len(images) - 1, min(grid_images, len(images))).astype(int)
    pictures.grid(images[shown], evaluation.reconstructions[shown]).save(directory / "grid.png")
    logging.getLogger("evaluate").info("%s", evaluation.measures)


if __name__ == "__main__":
    main(run, "evaluate")
