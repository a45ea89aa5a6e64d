"""The section that shows the images of an .imgc file, on a page opened from a file."""

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.images.fitting import Scaled
from image_compressor.web import assets
from tests.web.conftest import encoded, parts

START = '<script type="module">import { start } from "imgc/decode.js"; start();</script>'

# Chooses files by name, and then lets them open or fail in the order of `order`: [name, fails].
HELD = """async ([names, order]) => {
    const { start } = await import("imgc/decode.js");
    const held = {};
    const opened = (name) => new Promise((resolve, reject) => {
        const images = async (start, end) => new Uint8Array(end - start);
        const count = name.length;
        const archive = { count, width: 1, height: 1, channels: 1, quality: 50, images };
        held[name] = (fails) => fails ? reject(new Error("It fails.")) : resolve(archive);
    });
    const source = { take: async (files) => files, open: ({ name }) => opened(name) };
    const decode = start(undefined, source);
    const all = {};
    for (const name of names) {
        all[name] = decode([{ name, size: 9 }]);
        await new Promise((resolve) => setTimeout(resolve));
    }
    for (const [name, fails] of order) {
        held[name](fails);
        await all[name];
    }
    return document.querySelector(".status").textContent;
}"""


@pytest.fixture
def archive(exported, pictures, tmp_path):
    """A file with 250 named images."""
    path = tmp_path / "waves.imgc"
    names = [f"waves/{number}.png" for number in range(250)]
    path.write_bytes(Codec.load(exported).compress(np.tile(pictures, (7, 1, 1))[:250], names))
    return path


@pytest.fixture
def section(alone, exported):
    """A page that contains the codec."""
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


def test_an_image_that_was_scaled_is_shown_in_its_own_size(section, pictures, exported, tmp_path):
    scaled = Scaled(pictures[0], "letterbox", (30, 60))
    path = tmp_path / "scaled.imgc"
    path.write_bytes(Codec.load(exported).compress([scaled]))
    section.set_input_files("input", path)
    section.wait_for_selector("figure canvas")
    size = "canvas => [canvas.width, canvas.height]"
    assert section.eval_on_selector("figure canvas", size) == [60, 30]


def test_a_bad_file_gives_an_error_and_the_next_one_works(section, archive, tmp_path):
    (tmp_path / "letter.imgc").write_text("To whom it may concern")
    section.set_input_files("input", tmp_path / "letter.imgc")
    section.wait_for_selector(".error:has-text('Expected an .imgc file')")
    section.set_input_files("input", archive)
    section.wait_for_selector("figure")
    assert not section.locator(".error").count()


@pytest.mark.parametrize("fails", [False, True])
def test_a_slow_file_changes_nothing_once_another_was_chosen(alone, fails):
    page = alone(assets.read("decode.html"))
    said = page.evaluate(HELD, [["slow", "b"], [["b", False], ["slow", fails]]])
    assert said.startswith("b: 1 image of")
    assert page.locator("figure").count() == 1
    alone(assets.read("decode.html"))
    said = page.evaluate(HELD, [["slow", "b"], [["slow", fails], ["b", False]]])
    assert said.startswith("b: 1 image of")


def test_turning_pages_is_for_the_file_that_was_chosen_last(alone):
    """Images are held, not files: that of 400, then its next page, then that of one."""
    page = alone(assets.read("decode.html"))
    said = page.evaluate(
        """async () => {
            const { start } = await import("imgc/decode.js");
            const held = [];
            const images = (start, end) => new Promise((resolve) => {
                held.push(() => resolve(new Uint8Array(end - start)));
            });
            const open = async ({ count }) =>
                ({ count, width: 1, height: 1, channels: 1, quality: 50, images });
            const decode = start(undefined, { take: async (files) => files, open });
            const status = document.querySelector(".status");
            const settled = () => new Promise((resolve) => setTimeout(resolve));
            const said = [];
            const many = decode([{ name: "many", size: 9, count: 400 }]);
            await settled();
            held.shift()();
            await many;
            said.push(status.textContent);
            document.querySelector(".next").click();
            await settled();
            said.push(status.textContent);
            const one = decode([{ name: "one", size: 9, count: 1 }]);
            await settled();
            document.querySelector(".next").click();
            await settled();
            const [page, single, ...more] = held;
            single();
            await one;
            page();
            await settled();
            return [...said, status.textContent, more.length];
        }"""
    )
    assert said[0].startswith("many: 400 images")
    assert said[1] == "Decoding …"
    assert said[2].startswith("one: 1 image")
    assert said[3] == 0
    assert page.locator("figure").count() == 1


def test_a_page_without_a_codec_takes_its_files(alone, archive, exported):
    page = alone(assets.read("decode.html") + START)
    page.set_input_files("input", archive)
    page.wait_for_selector(".error:has-text('Choose tables.npz and decoder.tflite')")
    codec = [exported / name for name in ("tables.npz", "decoder.tflite")]
    page.set_input_files("input", [*codec, archive])
    page.wait_for_selector("figure")
