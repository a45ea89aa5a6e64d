"""What training reads: data/raw, data/prepared, and the data sets made from it."""

from importlib import import_module


def __getattr__(name):
    # Scripts know both by the place where they were before 0.3.
    if name in ("ingestion", "sources"):
        return import_module(f"image_compressor.ingest.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
