"""Export: a trained ImageCompressor -> an exported codec."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from image_compressor.export.exporter import Exporter

__all__ = ["Exporter"]


def __getattr__(name: str):
    """Imports Exporter when it is asked for: the names of formats are wanted without TensorFlow."""
    if name == "Exporter":
        from image_compressor.export.exporter import Exporter

        return Exporter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
