"""Training data: data/raw, data/prepared, and the data sets made from them."""

from importlib import import_module


def __getattr__(name):
    # Scripts written before 0.3 import both from here.
    if name in ("ingestion", "sources"):
        return import_module(f"image_compressor.ingest.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
