"""The report's page in a browser."""

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import expect

from image_compressor import Codec
from image_compressor.data import datasets
from image_compressor.errors import InputError
from image_compressor.report import report, sections

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>.png"
# The brightest of the pixels of a canvas.
BRIGHTEST = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Math.max(...data.filter((_, index) => index % 4 < 3));
}"""


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def open_(page, path, width=1280):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.resolve().as_uri())


@pytest.fixture(scope="module", params=["grey", "colour", "photographs"])
def written(request):
    return request.getfixturevalue(request.param).page


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_as_wide_as_the_window_with_everything_open(page, written, width):
    open_(page, written, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert overflow(page) <= 0
    assert written.stat().st_size <= 3e6


@pytest.mark.parametrize("width", [390, 1280])
def test_the_point_under_the_pointer_says_its_numbers(page, written, width):
    open_(page, written, width)
    point = page.locator(".point:visible").last
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    said = page.inner_text(".tip")
    assert re.fullmatch(r".+, \w+ .+: \S+ bytes per image, SSIM \S+, PSNR \S+ dB", said)
    page.mouse.move(1, 1)
    assert page.locator(".tip").is_hidden()


def test_the_keys_go_along_a_curve_and_from_curve_to_curve(page, written):
    open_(page, written)
    stops = page.locator(".point:visible[tabindex='0']")
    assert stops.count() == 3  # one per curve
    stops.first.focus()
    first = page.inner_text(".tip")
    page.keyboard.press("ArrowRight")
    second = page.inner_text(".tip")
    assert first != second
    assert first.split(",")[0] == second.split(",")[0]
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".tip") == first


def test_the_curves_of_sheets_can_be_hidden(page, written):
    open_(page, written)
    assert page.locator(".point.sheet:visible").count() >= 1
    page.locator("#sheets").uncheck()
    assert page.locator(".point.sheet:visible").count() == 0
    assert page.locator(".point.file:visible").count() >= 5


def test_the_curves_are_shown_by_another_metric(page, written):
    open_(page, written)
    label = page.locator("#curves .wide text", has_text="PSNR, dB")
    assert label.is_hidden()
    page.locator("#metrics input[value=psnr]").check()
    assert label.is_visible()
    assert page.locator(".point:visible[tabindex='0']").count() == 3
    page.locator("#metrics input[value=ssim]").check()
    assert label.is_hidden()


def test_an_image_is_enlarged_by_the_keyboard(page, written):
    open_(page, written)
    page.locator(".zoom").nth(1).focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    enlarged = dialog.locator("img").last
    assert enlarged.bounding_box()["width"] >= 300
    assert enlarged.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    assert "this codec" in dialog.inner_text()
    assert dialog.locator("canvas").evaluate(BRIGHTEST) > 0
    page.keyboard.press("ArrowLeft")
    assert dialog.locator("canvas").is_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "JPEG: " in dialog.inner_text()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    expect(page.get_by_label("Enlarge JPEG", exact=True).nth(0)).to_be_focused()


@pytest.fixture
def archive(grey, tmp_path):
    """An .imgc file of 3 images."""
    path = tmp_path / "three.imgc"
    path.write_bytes(Codec.load(grey.exported).compress(datasets.sample(grey.prepared, "test")[:3]))
    return path


def test_it_decodes_files_with_the_codec_that_it_holds(page, grey, archive):
    open_(page, grey.page)
    page.set_input_files("#decode input", archive)
    page.wait_for_selector("text=3 images of 16x16 pixels at quality 50")


def test_where_it_has_no_room_for_the_codec_it_takes_the_files(
    page, grey, archive, monkeypatch, tmp_path
):
    monkeypatch.setattr(report, "LARGEST", 1000)
    open_(page, grey.write(reports=shutil.copytree(grey.reports, tmp_path / "reports")))
    page.set_input_files("#decode input", archive)
    page.wait_for_selector("#decode .error:has-text('Choose tables.npz and decoder.tflite')")
    names = ("tables.npz", "decoder.tflite")
    page.set_input_files("#decode input", [*(grey.exported / name for name in names), archive])
    page.wait_for_selector("text=3 images of 16x16 pixels at quality 50")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_in_the_curves_has_the_colour_of_the_page(page, written, scheme):
    page.emulate_media(color_scheme=scheme)
    open_(page, written)
    body = page.evaluate("getComputedStyle(document.body).color")
    legend = page.locator("#curves .wide text:visible", has_text="this codec")
    assert legend.evaluate("text => getComputedStyle(text).fill") == body


@pytest.fixture(scope="module")
def unusual(grey, tmp_path_factory):
    """A report of files with hostile names, and of a training with a loss that was not finite."""
    reports = tmp_path_factory.mktemp("unusual") / "reports"
    shutil.copytree(grey.reports, reports)
    facts = json.loads((reports / "images.json").read_text())
    facts["rejections"] = [{"name": HOSTILE, "reason": f"damaged: {HOSTILE}"}]
    facts |= {"rejected": {"damaged": 1}, "labels": {HOSTILE: 14}}
    (reports / "images.json").write_text(json.dumps(facts))
    shutil.rmtree(reports / "training")
    write_losses(reports / "training", 0.9, "nan", 0.5, 0.7)
    return grey.write(reports=reports)


def write_losses(directory, *losses):
    """Writes losses in DVCLive's format."""
    table = "".join(f"{step}\t{loss}\n" for step, loss in enumerate(losses))
    for part in ("train", "eval"):
        path = directory / f"plots/metrics/{part}/loss.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"step\tloss\n{table}")


def test_a_hostile_name_is_text(page, unusual):
    assert HOSTILE not in unusual.read_text()
    assert unescape(unusual.read_text()).count(HOSTILE) == 3
    open_(page, unusual)  # the fixture fails on any script error and any request
    assert page.locator("td.name", has_text=HOSTILE).is_visible()


def test_an_epoch_whose_loss_was_not_finite_is_said(unusual):
    text = unusual.read_text()
    assert "of epoch 3, were kept. The loss was not finite in epoch 2," in text


def test_how_far_colours_are_off_is_said_of_images_that_have_some(grey, colour):
    said = re.compile(r"CIEDE2000 of at most \d+\.\d in the mean image and \d+\.\d in the worst")
    assert said.search(colour.page.read_text())
    assert not said.search(grey.page.read_text())


def test_where_nothing_was_rejected_it_says_so(grey):
    assert "<th>Rejected</th><td>none</td>" in grey.page.read_text()


def test_the_same_results_give_the_same_bytes(grey, tmp_path):
    again = grey.write(reports=shutil.copytree(grey.reports, tmp_path / "reports"))
    for name in (report.PAGE, "curves.svg", "curves.png", "network.svg", "network.png"):
        assert again.with_name(name).read_bytes() == grey.page.with_name(name).read_bytes()


@pytest.mark.parametrize(
    ("losses", "best", "spoilt"),
    [
        ([0.9, "nan", 0.5, 0.7], 3, [2]),
        (["inf", "-inf", 0.5, "nan"], 3, [1, 2, 4]),
        ([0.5, *["nan"] * 30], 1, [*range(2, 32)]),
    ],
)
def test_losses_that_are_not_finite_are_neither_drawn_nor_best(tmp_path, losses, best, spoilt):
    write_losses(tmp_path, *losses)
    training = sections.training(tmp_path)
    assert (training["best_epoch"], training["spoilt_epochs"]) == (best, spoilt)


def test_a_training_without_a_finite_loss_is_refused(tmp_path):
    write_losses(tmp_path, "nan", "inf")
    with pytest.raises(InputError, match=r"No epoch .*finite loss.*train\.learning_rate"):
        sections.training(tmp_path)


@pytest.mark.parametrize(
    ("lacking", "stage"),
    [
        ("evaluation/measures.json", "evaluate"),
        ("evaluation/images.csv", "evaluate"),
        ("evaluation/rates.csv", "evaluate"),
        ("images.json", "ingest"),
        ("rivals", "rivals"),
        ("training", "train"),
    ],
)
def test_results_that_lack_say_which_stage_to_run(grey, tmp_path, lacking, stage):
    reports = tmp_path / "reports"
    shutil.copytree(grey.reports, reports)
    (shutil.rmtree if (reports / lacking).is_dir() else Path.unlink)(reports / lacking)
    (reports / report.PAGE).unlink(missing_ok=True)
    with pytest.raises(InputError, match=f"dvc repro {stage}"):
        grey.write(reports=reports)
    assert not (reports / report.PAGE).exists()


def test_a_report_of_images_of_any_size_says_that_browsers_do_not_decode_them(page, photographs):
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    open_(page, photographs.page)
    assert "image-compressor decompress" in page.inner_text("main")
    assert page.locator("#decode").count() == 0
    assert "hyper_decoder" in page.content()
    assert not errors
