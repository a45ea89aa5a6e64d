"""export: models/trained -> models/exported, a codec that runs without TensorFlow."""

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from image_compressor.export.formats import FORMATS
from tasks import quiet
from tasks.parameters import checked, completed
from tasks.stage import main, read_params, with_fixed_hashes

LATER = ("report",)  # stages that do not make the codec
MANY = 0.02  # share of test images stored as files that calls for a warning


@checked
def run(
    prepared: Path = Path("data/prepared"),
    trained_directory: Path = Path("models/trained"),
    measures_file: Path = Path("reports/evaluation/measures.json"),
    directory: Path = Path("models/exported"),
    /,
    *,
    mode: Literal["encoder-decoder", "full"] = "encoder-decoder",
    formats: list[Annotated[str, AfterValidator(FORMATS.check)]] = ["keras", "onnx", "saved_model"],
    precision: Literal["float32", "float16", "int8"] = "float32",
) -> None:
    """Writes the codec and its card, after checking that its measures equal `measures_file`."""
    from image_compressor.codec import exported, store
    from image_compressor.data import datasets, records, splits
    from image_compressor.evaluation import measures
    from image_compressor.export import Exporter
    from image_compressor.model import trained

    for converter in ("tensorflow", "tf2onnx"):  # they log every step
        logging.getLogger(converter).setLevel(logging.WARNING)
    metrics = measures.read(measures_file)
    chosen = {"mode": mode, "formats": formats, "precision": precision}
    params = completed(read_params())
    made_by = {name: values for name, values in params.items() if name not in LATER}
    card = {
        "data": records.read_facts(prepared),
        "parameters": {**made_by, "export": chosen},
        "metrics": metrics,
    }
    # int8 is calibrated with images that it is not measured on.
    images = datasets.sample(prepared, splits.VALIDATION)
    exporter = Exporter(*trained.load(trained_directory), images)
    check_with = (datasets.sample(prepared, splits.TEST), metrics)
    with quiet.without(quiet.LITERT):
        card = exporter.export(directory, mode, card, check_with, precision, formats)
    log = logging.getLogger("export")
    log.info("codec %s in %s: %s", card["id"][:8], directory, ", ".join(card["formats"]))
    if kept := store.keep(exported.read(directory)):
        log.warning(kept.removeprefix("warning: "))
    guard = measures.read_guard(measures_file)
    stored, count = guard.get("stored", 0), metrics["images"]
    if stored > MANY * count:
        log.warning(
            "no quality brings %d of %d test images to the codec's own floor: compress stores such "
            "images as WebP or AVIF; train longer, or on more images of their kind",
            stored,
            count,
        )
    if "int8_cost" in card:
        log.info(
            "int8 changes bytes per image by %(bytes_per_image)+.4f and SSIM by %(ssim)+.4f, at "
            "quality %(quality)d over %(images)d test images",
            card["int8_cost"],
        )


if __name__ == "__main__":
    # tf2onnx simplifies a graph in the order of its sets, so one network would give several files.
    with_fixed_hashes()
    main(run, "export")
