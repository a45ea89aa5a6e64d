"""The section that shows the images of an .imgc file, on a page opened from a file."""

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.web import assets
from tests.web.conftest import encoded, parts

START = '<script type="module">import { start } from "imgc/decode.js"; start();</script>'


@pytest.fixture
def archive(exported, pictures, tmp_path):
    """250 images with names."""
    path = tmp_path / "waves.imgc"
    names = [f"waves/{number}.png" for number in range(250)]
    path.write_bytes(Codec.load(exported).compress(np.tile(pictures, (7, 1, 1))[:250], names))
    return path


@pytest.fixture
def section(alone, exported):
    """The page with the codec in it."""
    scripts = "".join(
        f'<script id="codec-{name}" type="application/octet-stream;base64">{encoded(part)}</script>'
        for name, part in zip(("tables", "decoder"), parts(exported), strict=True)
    )
    return alone(assets.read("decode.html") + scripts + START)


def test_it_shows_the_images_with_their_names_200_at_once(section, archive):
    section.set_input_files("input", archive)
    section.wait_for_selector("text=250 images of 16x16 pixels at quality 50")
    assert section.locator("figure").count() == 200
    assert section.locator("figcaption").first.text_content() == "waves/0.png"
    section.click("text=Next")
    section.wait_for_selector("text=201 to 250 of 250")
    assert section.locator("figcaption").last.text_content() == "waves/249.png"
    assert section.locator("figure").count() == 50


def test_the_pixels_on_the_canvas_are_those_of_the_file(section, archive, exported):
    section.set_input_files("input", archive)
    section.wait_for_selector("figure")
    shown = section.evaluate(
        """() => Array.from(document.querySelector("figure canvas").getContext("2d")
            .getImageData(0, 0, 16, 16).data)"""
    )
    decoded = Codec.load(exported).decompress(archive.read_bytes())[0]
    difference = np.reshape(shown, (16, 16, 4))[..., :3] - decoded[..., None].astype(int)
    assert np.abs(difference).max() <= 1


def test_what_is_wrong_with_a_file_is_said_and_the_next_one_works(section, archive, tmp_path):
    (tmp_path / "letter.imgc").write_text("To whom it may concern")
    section.set_input_files("input", tmp_path / "letter.imgc")
    section.wait_for_selector(".error:has-text('Expected an .imgc file')")
    section.set_input_files("input", archive)
    section.wait_for_selector("figure")
    assert not section.locator(".error").count()


def test_a_page_without_a_codec_takes_its_files(alone, archive, exported):
    page = alone(assets.read("decode.html") + START)
    page.set_input_files("input", archive)
    page.wait_for_selector(".error:has-text('Choose tables.npz and decoder.tflite')")
    codec = [exported / name for name in ("tables.npz", "decoder.tflite")]
    page.set_input_files("input", [*codec, archive])
    page.wait_for_selector("figure")
