"""preprocess: data/raw -> data/prepared, TFRecord shards for each split."""

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tasks.parameters import checked
from tasks.stage import main

Share = Annotated[float, Field(gt=0, lt=0.5)]


@checked
def run(
    raw_directory: Path = Path("data/raw"),
    directory: Path = Path("data/prepared"),
    /,
    *,
    validation: Share = 0.1,
    test: Share = 0.1,
    channels: Literal[1, 3] = 1,
    fit: Literal["native", "letterbox", "stretch", "crop"] = "native",
    size: Annotated[list[Annotated[int, Field(ge=11)]], Field(min_length=2, max_length=2)]
    | None = None,
    crops: Annotated[int, Field(ge=1)] = 1,
    shard_megabytes: Annotated[int, Field(ge=1)] = 64,
) -> None:
    """Writes the images of `raw_directory` as records, and facts.json, into `directory`."""
    from tqdm import tqdm

    from image_compressor.images.fitting import Policy

    policy = Policy(channels, fit, None if size is None else (size[0], size[1]))
    from image_compressor.data import preparation, raw, records

    manifest = raw.Manifest(raw_directory)
    rows = tqdm(manifest, desc="preprocess", unit="image", mininterval=1)
    images = preparation.images(
        raw_directory, rows, manifest.splits, policy, validation, test, crops
    )
    facts = records.write(images, directory, validation, test, shard_megabytes * 10**6)
    counts = [f"{counted['count']} {split}" for split, counted in facts["splits"].items()]
    height, width, channels = facts["shape"]
    pixels = f"{width}x{height} pixels" if height else "any size"
    colours = "grey" if channels == 1 else "RGB"
    logging.getLogger("preprocess").info("%s, %s: %s", pixels, colours, ", ".join(counts))


if __name__ == "__main__":
    main(run, "preprocess")
