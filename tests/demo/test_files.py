"""Images and .imgc files on the demo's page, in a browser."""

import io

import numpy as np
from PIL import Image

from image_compressor import Codec, cli
from image_compressor.images.image_files import png
from tests.codec.networks import codec as untrained
from tests.demo.pages import compared, draw, opened, shown, upload


def test_an_uploaded_and_downloaded_image_decodes_as_on_the_command_line(
    page, address, exported, pictures, tmp_path
):
    opened(page, address)
    with compared(page):
        upload(page, "wave.png", png(pictures[3]))
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "wave.imgc"
    file, back = tmp_path / "wave.imgc", tmp_path / "wave.png"
    download.value.save_as(file)
    codec = ["--codec", str(exported)]
    cli.main(["decompress", str(file), "-o", str(back), *codec])
    with Image.open(back) as image:
        expected = np.asarray(image).astype(int)
    assert np.array_equal(shown(page, "#decoded")[..., 0], expected)

    page.set_input_files("#decode input[type=file]", file)
    page.wait_for_selector("figure canvas")
    assert np.abs(shown(page, "figure canvas")[..., 0] - expected).max() <= 1
    with page.expect_response("**/decompress?start=0&end=1"):
        page.check("[value=server]")
    page.wait_for_selector(".status:has-text('1 image of 16x16 pixels')")
    assert np.array_equal(shown(page, "figure canvas")[..., 0], expected)


def test_samples_are_compressed(page, address, pictures):
    opened(page, address)
    with compared(page):
        page.click("#samples button:nth-child(2)")
    assert np.array_equal(shown(page, "#original")[..., 0], pictures[1])


def test_one_can_draw_on_a_chosen_image(page, address, pictures):
    opened(page, address)
    with compared(page):
        upload(page, "dark.png", png(pictures[0] // 4))
    draw(page)
    original = shown(page, "#original")[..., 0]
    assert original.max() > 200
    assert np.array_equal(original[-2:, -2:], pictures[0][-2:, -2:] // 4)


def test_images_and_files_can_be_dropped_anywhere(page, address, exported, pictures):
    opened(page, address)
    drop = """([name, bytes]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
        document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer }));
    }"""
    with compared(page):
        page.evaluate(drop, ["wave.png", list(png(pictures[0]))])
    assert np.array_equal(shown(page, "#original")[..., 0], pictures[0])
    page.evaluate(drop, ["waves.imgc", list(Codec.load(exported).compress(pictures))])
    page.wait_for_selector(".status:has-text('40 images')")


def test_bad_uploads_give_a_sentence_and_the_next_one_works(
    chromium, address, exported, pictures, tmp_path
):
    with chromium.new_context() as context:
        page = opened(context.new_page(), address)
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        with compared(page):
            upload(page, "first.png", png(pictures[5]))
        large = io.BytesIO()
        Image.new("L", (9000, 9000)).save(large, "PNG")
        for content, said in [
            (b"To whom it may concern", "not an image"),
            (large.getvalue(), "too large"),
            (png(np.zeros((28, 28), np.uint8)), "16x16"),
        ]:
            upload(page, "bad.png", content)
            page.wait_for_selector(f"#error:has-text('{said}')")
            page.locator("#quality").fill("51")  # for the image that is still shown
            page.locator("#quality").fill("50")
        page.evaluate("""() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new ArrayBuffer(50 * 2 ** 20 + 1)], "large.png"));
            document.body.dispatchEvent(
                new DragEvent("drop", { bubbles: true, dataTransfer: transfer }));
        }""")
        page.wait_for_selector("#error:has-text('a file of at most 52428800 bytes')")
        with compared(page):
            upload(page, "good.png", png(pictures[0]))
        assert page.locator("#error").text_content() == ""

        data = Codec.load(exported).compress(pictures)
        other = untrained().compress(np.zeros((1, 8, 8), np.uint8))
        for where, unknown in (("page", "a file of codec"), ("server", "No codec 74657374")):
            page.check(f"[value={where}]")
            for name, content, said in [
                ("text.imgc", b"To whom it may concern", "an .imgc file"),
                ("cut.imgc", data[:-1], "a whole .imgc file"),
                ("other.imgc", other, unknown),
            ]:
                file = {"name": name, "mimeType": "", "buffer": content}
                page.set_input_files("#decode input[type=file]", file)
                page.wait_for_selector(f"#decode .error:has-text('{said}')")
        known = Codec.load("digits").compress(np.zeros((3, 28, 28), np.uint8))
        file = {"name": "digits.imgc", "mimeType": "", "buffer": known}
        page.set_input_files("#decode input[type=file]", file)
        page.wait_for_selector(".status:has-text('3 images')")
        assert not errors
