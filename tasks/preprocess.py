"""preprocess: data/raw -> data/prepared, TFRecord shards of each split."""

import logging
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.stage import checked, main

Share = Annotated[float, Field(gt=0, lt=0.5)]


@checked
def run(
    raw_directory: Path = Path("data/raw"),
    directory: Path = Path("data/prepared"),
    /,
    *,
    validation: Share,
    test: Share,
    images_per_shard: Annotated[int, Field(ge=1)],
) -> None:
    """Writes the images of `raw_directory` as records, and facts.json, into `directory`."""
    from image_compressor.data import raw, records

    images = raw.read(raw_directory)
    facts = records.write(images, directory, validation, test, images_per_shard)
    counts = {split: counted["count"] for split, counted in facts["splits"].items()}
    logging.getLogger("preprocess").info("%s of shape %s", counts, facts["shape"])


if __name__ == "__main__":
    main(run, "preprocess")
