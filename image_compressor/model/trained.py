"""models/trained: an ImageCompressor and the tables frozen from it."""

from pathlib import Path

import keras

from image_compressor.codec import table_file
from image_compressor.codec.table_file import TABLES, Qualities
from image_compressor.errors import InputError
from image_compressor.files import replace_directory
from image_compressor.model import saving
from image_compressor.model.compressor import ImageCompressor

MODEL = "compressor.keras"


def save(compressor: ImageCompressor, qualities: Qualities, directory: Path) -> None:
    """Writes compressor.keras and tables.npz into `directory`, which they replace."""
    with replace_directory(directory) as scratch:
        saving.save(compressor, scratch / MODEL)
        table_file.save(qualities, scratch / TABLES)


def load(directory: Path) -> tuple[ImageCompressor, Qualities]:
    """What `save` wrote. Raises InputError where it is missing or broken."""
    for name in (MODEL, TABLES):
        if not (directory / name).is_file():
            raise InputError(
                f"{name} in {directory}", "no such file", "Run the stage train: `dvc repro train`."
            )
    try:
        compressor = keras.saving.load_model(directory / MODEL, safe_mode=True)
    except Exception as error:  # Keras and zipfile refuse with errors of many kinds
        raise InputError(
            "a trained ImageCompressor",
            f"{directory / MODEL}: {str(error)[:200]}",
            "Run the stage train again: `dvc repro --force train`.",
        ) from None
    return compressor, table_file.load((directory / TABLES).read_bytes(), directory / TABLES)
