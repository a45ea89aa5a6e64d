"""evaluate: measures models/trained on the test split -> reports/evaluation."""

import logging
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.parameters import checked
from tasks.stage import main


@checked
def run(
    prepared: Path = Path("data/prepared"),
    trained_directory: Path = Path("models/trained"),
    rivals_directory: Path = Path("reports/rivals"),
    directory: Path = Path("reports/evaluation"),
    /,
    *,
    quality: Annotated[int, Field(ge=1, le=100)] = 50,
    points: Annotated[int, Field(ge=4, le=100)] = 8,
    grid_images: Annotated[int, Field(ge=1)] = 32,
) -> None:
    """Measures the codec by the bytes that it writes, on the test split or a sample of a large one.

    Writes measures.json, with all measures at one quality, how far colours are off, what the guard
    does there with floors from the validation split, and the comparison with each rival on the
    images that it measured, with intervals for other images; metrics.json, with the few that DVC
    shows; rates.csv and, with the guard, rates-guarded.csv, the rate-distortion curves, the second
    over a sample of the images if they are large; images.csv, one row per image; and grid.png,
    original and reconstruction of `grid_images` images, spread evenly over the split.
    """
    import numpy as np

    from image_compressor.codec.codec import Codec
    from image_compressor.data import datasets, splits
    from image_compressor.evaluation import comparison, curves, guarded, measures, pictures
    from image_compressor.evaluation.distortion import to_see
    from image_compressor.evaluation.encoded_once import EncodedOnce
    from image_compressor.files import add_to_directory
    from image_compressor.images.groups import chosen
    from image_compressor.model import trained

    compressor, qualities = trained.load(trained_directory)
    codec = Codec(EncodedOnce(compressor.networks), qualities)
    images = datasets.sample(prepared, splits.TEST)
    evaluation = measures.evaluate(codec, images, quality)
    qualities = np.linspace(1, 100, points).round().astype(int).tolist()
    of_rivals = comparison.read_rivals(rivals_directory)
    count = min(rival.bytes.shape[1] for rival in of_rivals.values())
    curve = measures.curve_of_each(codec, images, qualities, to_see(images, count))
    guard = guarded.with_floors(codec, datasets.sample(prepared, splits.VALIDATION))
    measured = {
        **evaluation.measures.to_dict(),
        **measures.colours(images, evaluation.reconstructions),
        "guard": guarded.facts(guard, images, quality),
        **comparison.compare(curve, of_rivals),
    }
    shown = np.linspace(0, len(images) - 1, min(grid_images, len(images))).astype(int)
    with add_to_directory(directory) as scratch:  # DVC keeps a .gitignore there
        measures.save(measured, scratch / "measures.json")
        measures.save(measures.metrics(measured), scratch / "metrics.json")
        curves.save(curve.curve(), scratch / "rates.csv")
        guarded_curve = guarded.curve(guard, images, qualities)
        curves.save(guarded_curve, scratch / "rates-guarded.csv")
        evaluation.save_table(scratch / "images.csv")
        decoded = chosen(evaluation.reconstructions, shown)
        pictures.grid(chosen(images, shown), decoded).save(scratch / "grid.png")
    logging.getLogger("evaluate").info(
        "%(bytes_per_image).1f bytes per image at SSIM %(ssim).3f, over %(images)d test images at "
        "quality %(quality)d",
        measured,
    )


if __name__ == "__main__":
    main(run, "evaluate")
