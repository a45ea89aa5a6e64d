"""Drawing in the demo, in a browser."""

import numpy as np
import pytest

from tests.demo.pages import compared, draw, opened, shown, size


def test_a_drawn_digit_shows_its_bytes_and_those_of_others(page, digits_address):
    opened(page, digits_address)
    draw(page)
    assert 36 < size(page) < 80
    rows = page.locator("#rivals tbody tr").all_text_contents()
    assert [row.rstrip("0123456789.") for row in rows] == [
        "this codec",
        "image alone",
        "JPEG",
        "WebP",
        "AVIF",
        "JPEG XL",
    ]
    assert f"{size(page)} bytes at SSIM" in page.locator("#summary").text_content()
    assert shown(page, "#original")[..., 0].max() > 200
    difference = shown(page, "#original").astype(int) - shown(page, "#decoded")
    assert 0 < np.abs(difference).mean() < 20


def test_the_bytes_are_shown_before_the_pen_is_lifted(page, digits_address):
    opened(page, digits_address)
    box = page.locator(".pad canvas").bounding_box()
    page.mouse.move(box["x"] + 99, box["y"] + 99)
    page.mouse.down()
    for step in range(100):  # without a pause
        page.mouse.move(box["x"] + 99 + step, box["y"] + 99 + step // 2)
        if page.locator("#bytes").text_content().isdigit():
            break
    assert size(page) > 30
    assert step < 99


def test_what_is_cleared_is_not_answered_any_more(page, digits_address):
    opened(page, digits_address)
    draw(page)
    page.locator("#quality").fill("60")
    page.click("#clear")
    page.wait_for_timeout(800)  # longer than the rivals take
    assert not page.locator("#original").is_visible()
    assert not page.locator("#rivals").is_visible()


def test_the_file_grows_with_the_slider(page, digits_address):
    opened(page, digits_address)
    draw(page)
    sizes = []
    for quality in (1, 25, 50, 75, 100):
        with compared(page):
            page.locator("#quality").fill(str(quality))
        assert page.locator("#chosen").text_content() == str(quality)
        sizes.append(size(page))
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_keyboard_draws_and_clears(page, digits_address):
    opened(page, digits_address)
    page.locator(".pad canvas").focus()
    with compared(page):
        page.keyboard.down(" ")
        for _ in range(8):
            page.keyboard.press("ArrowDown")
        page.keyboard.up(" ")
    original = shown(page, "#original")[..., 0]
    rows, columns = np.nonzero(original > 128)
    assert rows.max() - rows.min() > 7 > columns.max() - columns.min()
    page.keyboard.press("ArrowUp")  # moves and draws no more
    page.keyboard.press("Delete")
    page.wait_for_selector("#original", state="hidden")
    assert not page.locator("#rivals").is_visible()


def test_a_finger_draws(chromium, digits_address):
    with chromium.new_context(has_touch=True, viewport={"width": 390, "height": 844}) as context:
        page = opened(context.new_page(), digits_address)
        with compared(page):
            page.locator(".pad canvas").tap()
        assert size(page) > 30


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_on_a_phone(chromium, digits_address, scheme):
    size = {"width": 390, "height": 844}
    with chromium.new_context(viewport=size, color_scheme=scheme) as context:
        page = opened(context.new_page(), digits_address)
        draw(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
