"""Compares the exported codec's bytes and SSIM with those of the Keras networks."""

from image_compressor.codec.codec import Codec
from image_compressor.codec.transform import DEFAULT_QUALITY
from image_compressor.errors import InputError
from image_compressor.evaluation.measures import evaluate
from image_compressor.export.trained_model import TrainedModel
from image_compressor.images.groups import Group

COMPARED = ("bytes_per_image", "ssim")
TOLERANCE = 0.001  # relative


def check(codec: Codec, images: Group, measured: dict) -> None:
    """Raises InputError unless `codec` has, on `images`, the bytes and SSIM in `measured`."""
    now = evaluate(codec, images, measured["quality"]).measures.to_dict()
    for name in COMPARED:
        if not abs(now[name] - measured[name]) <= TOLERANCE * abs(measured[name]):
            raise InputError(
                f"The exported codec has {name} {now[name]}, but evaluate measured "
                f"{measured[name]}. Run evaluate again; if they still differ, the conversion to "
                "LiteRT is at fault."
            )


def int8_cost(
    codec: Codec, trained: TrainedModel, check_with: tuple[Group, dict] | None
) -> dict[str, float]:
    """Returns the differences in `bytes_per_image` and `ssim` of an int8 codec to the Keras model.

    Args:
        check_with: images, and the measures of the Keras networks on them; None uses the images of
            `trained`, at middle quality.
    """
    if check_with is None:
        measures = evaluate(trained.codec, trained.images, DEFAULT_QUALITY).measures
        check_with = trained.images, measures.to_dict()
    images, measured = check_with
    now = evaluate(codec, images, measured["quality"]).measures.to_dict()
    more = {name: round(now[name] - measured[name], 6) for name in COMPARED}
    return {"images": len(images), "quality": measured["quality"], **more}
