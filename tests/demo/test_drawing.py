"""Drawing on the demo's page, in a browser."""

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


def test_the_file_grows_with_the_slider(page, digits_address):
    opened(page, digits_address)
    draw(page)
    sizes = []
    for quality in (1, 60, 100):
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
    for _ in range(100):  # the first answer may be about the first dot
        rows, columns = np.nonzero(shown(page, "#original")[..., 0] > 128)
        if len(rows) and np.ptp(rows) > 7:
            break
        page.wait_for_timeout(100)
    assert np.ptp(rows) > 7 > np.ptp(columns)
    page.keyboard.press("ArrowUp")  # only moves
    page.keyboard.press("Delete")
    page.wait_for_selector("#original", state="hidden")
    assert not page.locator("#rivals").is_visible()


def test_a_finger_draws(chromium, digits_address):
    with chromium.new_context(has_touch=True, viewport={"width": 390, "height": 844}) as context:
        page = opened(context.new_page(), digits_address)
        with compared(page):
            page.locator(".pad canvas").tap()
        assert size(page) > 30


def test_a_second_finger_neither_draws_nor_ends_a_stroke(chromium, digits_address):
    with chromium.new_context(has_touch=True, viewport={"width": 390, "height": 844}) as context:
        page = opened(context.new_page(), digits_address)
        box = page.locator(".pad canvas").bounding_box()
        touch = context.new_cdp_session(page)

        def fingers(kind, *positions):
            points = [
                {"id": number, "x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
                for number, (x, y) in enumerate(positions)
            ]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        with compared(page):
            fingers("touchStart", (0.1, 0.2))
            fingers("touchStart", (0.1, 0.2), (0.9, 0.8))
            fingers("touchMove", (0.1, 0.2), (0.9, 0.7))
            fingers("touchMove", (0.5, 0.2))  # lifts the second finger
            fingers("touchEnd")
        rows, columns = np.nonzero(shown(page, ".pad canvas")[..., 0])
        drawn = np.ptp(columns), np.ptp(rows)
        assert drawn[0] > 2 * drawn[1] > 0
        assert columns.max() < 0.7 * shown(page, ".pad canvas").shape[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_on_a_phone(chromium, digits_address, scheme):
    size = {"width": 390, "height": 844}
    with chromium.new_context(viewport=size, color_scheme=scheme) as context:
        page = opened(context.new_page(), digits_address)
        draw(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
