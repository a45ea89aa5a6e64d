"""Export: a trained ImageCompressor -> an exported codec."""

from image_compressor.export.exporter import Exporter

__all__ = ["Exporter"]
