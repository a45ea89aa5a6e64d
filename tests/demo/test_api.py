import base64
import io

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec
from image_compressor.demo import api
from image_compressor.errors import InputError
from image_compressor.evaluation import rivals
from image_compressor.images.image_files import png
from image_compressor.images.similarity import ssim
from tests.cli.commands import damage
from tests.codec.networks import codec as untrained
from tests.ingest.bad_files import png_of


@pytest.fixture(scope="module")
def codec(exported):
    return Codec.load(exported)


def pixels(png):
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        return np.asarray(image)


def test_an_image_comes_back_like_from_the_codec_itself(codec, pictures):
    answer = api.compress(codec, png(pictures[0]), quality=60)
    data = base64.b64decode(answer["file"])
    assert data == codec.compress([pictures[0][..., None]], quality=60)
    assert answer["bytes"] == len(data) > answer["payload"] > 0
    decoded = pixels(answer["decoded"])
    assert np.array_equal(decoded, codec.decompress(data)[0][..., 0])
    assert np.array_equal(pixels(answer["original"]), pictures[0])
    both = pictures[0][None, ..., None], decoded[None, ..., None]
    assert answer["ssim"] == pytest.approx(float(ssim(*both)[0]))


def test_each_rival_has_its_smallest_file_with_this_similarity(digits):
    codec, image = Codec.load("digits"), digits[50]
    answer = api.smallest(list(api.rivals(codec, png(image))), ssim=0.95)
    assert [row["name"] for row in answer["rivals"]] == ["JPEG", "WebP", "AVIF", "JPEG XL"]
    for row in answer["rivals"]:
        assert row["ssim"] >= 0.95
    jpeg = rivals.measure("jpeg", image[None, ..., None], 10)
    assert answer["rivals"][0]["bytes"] <= 1.05 * min(
        point.bytes_per_image for point in jpeg if point.ssim >= 0.95
    )


def test_a_similarity_that_no_rival_reaches_has_no_file(digits):
    files = list(api.rivals(Codec.load("digits"), png(digits[0])))
    answer = api.smallest(files, ssim=1.01)
    assert [row["bytes"] for row in answer["rivals"]] == [None] * 4


def test_images_are_decoded_like_by_the_codec_itself(codec, pictures):
    data = codec.compress(pictures, [f"{number}.png" for number in range(40)])
    answer = api.decompress(codec, data, start=30, end=230)
    assert (answer["count"], answer["names"][39]) == (40, "39.png")
    decoded = np.frombuffer(base64.b64decode(answer["images"]), np.uint8).reshape(-1, 16, 16)
    assert np.array_equal(decoded, codec.decompress(data)[30:])


def test_a_file_of_another_codec_is_decoded_by_that_one(codec, digits):
    data = Codec.load("digits").compress(digits[:3], quality=60)
    answer = api.decompress(codec, data, start=0, end=3)
    decoded = np.frombuffer(base64.b64decode(answer["images"]), np.uint8).reshape(-1, 28, 28)
    assert np.array_equal(decoded, Codec.load("digits").decompress(data))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"To whom it may concern, and so on", "not an image"),
        (b"", "empty"),
        (png_of(10_000, 10_000), "too large"),
        (png_of(16, 16), "damaged"),
        (png(np.zeros((17, 16), np.uint8)), "16x17"),
    ],
    ids=["text", "empty", "bomb", "damaged", "another size"],
)
def test_bad_images_are_refused_in_a_sentence(codec, content, said, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # as in the server
    with pytest.raises(InputError, match=said):
        api.compress(codec, content, quality=50)


def test_bad_files_are_refused_in_a_sentence(codec, pictures):
    data = codec.compress(pictures)
    other = untrained(size=16).compress(pictures[..., None])
    for bad in (b"", b"text" * 9, data[:-9], damage(data, 30), other):
        with pytest.raises(InputError):
            api.decompress(codec, bad, start=0, end=40)
    with pytest.raises(InputError, match="a range of 1 to 1000 images"):
        api.decompress(codec, data, start=0, end=10**9)
