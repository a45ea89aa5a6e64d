"""export: models/trained -> models/exported, a codec that needs no TensorFlow."""

import logging
from pathlib import Path
from typing import Literal

from tasks.stage import checked, main, read_params

LATER = ("report",)  # stages that do not make the codec


@checked
def run(
    prepared: Path = Path("data/prepared"),
    trained_directory: Path = Path("models/trained"),
    metrics_file: Path = Path("reports/evaluation/metrics.json"),
    directory: Path = Path("models/exported"),
    /,
    *,
    mode: Literal["codec", "encoder-decoder", "full"],
    precision: Literal["float32", "float16"],
) -> None:
    """Writes the codec and its card, once it has measured the same as `metrics_file` says."""
    from image_compressor.data import datasets, records, splits
    from image_compressor.evaluation import measures
    from image_compressor.export import Exporter
    from image_compressor.model import trained

    metrics = measures.read(metrics_file)
    made_by = {name: values for name, values in read_params().items() if name not in LATER}
    card = {
        "data": records.read_facts(prepared),
        "parameters": {**made_by, "export": {"mode": mode, "precision": precision}},
        "metrics": metrics,
    }
    exporter = Exporter(*trained.load(trained_directory))
    check_with = (datasets.array(prepared, splits.TEST), metrics)
    card = exporter.export(directory, mode, card, check_with, precision)
    logging.getLogger("export").info("codec %s in %s", card["id"][:8], directory)


if __name__ == "__main__":
    main(run, "export")
