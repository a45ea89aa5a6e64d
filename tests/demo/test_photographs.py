"""The demo of a codec for images of any size."""

import base64
import io

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.demo import api
from image_compressor.images.image_files import png
from tests.demo.conftest import serving
from tests.demo.pages import compared, opened, shown, size, upload
from tests.photographs import picture


@pytest.fixture(scope="module")
def photo_address():
    with serving("photo", [png(picture(40, 60))]) as address:
        yield address


def test_it_opens_with_a_sample_compressed(page, photo_address):
    with compared(page):
        opened(page, photo_address)
    assert "images of any size, RGB" in page.locator("#facts").text_content()
    assert size(page) > 100
    assert shown(page, "#decoded").shape[:2] == (40, 60)
    assert not page.locator(".pad").is_visible()
    assert not page.locator("#where").is_visible()


def test_a_chosen_image_keeps_its_proportions(page, photo_address):
    with compared(page):
        opened(page, photo_address)
    with compared(page):
        upload(page, "tall.png", png(picture(90, 30)))
    assert shown(page, "#decoded").shape[:2] == (90, 30)
    box = page.locator("#decoded").bounding_box()
    assert box["height"] == pytest.approx(3 * box["width"], rel=0.05)


def test_the_images_of_a_file_are_shown_in_their_sizes(page, photo_address, tmp_path):
    Codec.load("photo").write(tmp_path / "a.imgc", [picture(20, 30), picture(33, 9)])
    opened(page, photo_address)
    page.set_input_files("#decode input[type=file]", tmp_path / "a.imgc")
    page.wait_for_selector("text=a.imgc: 2 images at quality 50")
    sizes = "all => all.map((canvas) => [canvas.height, canvas.width])"
    assert page.eval_on_selector_all("#decode canvas", sizes) == [[20, 30], [33, 9]]


def test_a_large_image_is_scaled_down():
    codec = Codec.load("photo")
    assert api.fitted(codec, png(picture(30, 1500))).shape == (20, 1024, 3)


def test_the_guard_is_told():
    image = np.random.default_rng(0).choice(np.uint8([0, 255]), (32, 32, 3))
    answer = api.compress(Codec.load("photo"), png(image), quality=50)
    assert (answer["asked"], answer["quality"]) == (50, 0)
    assert answer["payload"] > 0
    data = io.BytesIO(base64.b64decode(answer["file"]))
    assert len(Codec.load("photo").open(data)) == 1
