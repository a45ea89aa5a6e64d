"""models/trained: an ImageCompressor and its frozen tables."""

from pathlib import Path

import keras

from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.table_file import TABLES, Qualities
from image_compressor.errors import InputError
from image_compressor.files import replace_directory
from image_compressor.model import saving
from image_compressor.model.compressor import ImageCompressor

MODEL = "compressor.keras"


def save(compressor: ImageCompressor, qualities: Qualities, directory: Path) -> None:
    """Replaces `directory` by one with compressor.keras and tables.npz."""
    with replace_directory(directory) as scratch:
        saving.save(compressor, scratch / MODEL)
        table_file.save(qualities, scratch / TABLES)


def load(directory: Path) -> tuple[ImageCompressor, Qualities]:
    """Reads the output of `save`. Raises InputError if it is missing or corrupt."""
    for name in (MODEL, TABLES):
        if not (directory / name).is_file():
            raise InputError(
                f"{directory / name} does not exist. Run the stage train: `dvc repro train`."
            )
    try:
        compressor = keras.saving.load_model(directory / MODEL, safe_mode=True)
    except Exception as error:  # Keras and zipfile raise errors of many kinds
        raise InputError(
            f"Cannot load {directory / MODEL}: {str(error)[:200]}. Run the stage train again: "
            "`dvc repro --force train`."
        ) from None
    return compressor, table_file.load((directory / TABLES).read_bytes(), directory / TABLES)
