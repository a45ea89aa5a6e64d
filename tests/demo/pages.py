"""Actions on the demo's page, and values read from it."""

from contextlib import contextmanager

import numpy as np

STROKE = [(0.3, 0.25), (0.5, 0.2), (0.66, 0.3), (0.5, 0.5), (0.66, 0.7), (0.5, 0.82), (0.3, 0.75)]


def draw(page):
    box = page.locator(".pad canvas").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
    page.mouse.move(*points[0])
    page.mouse.down()
    with compared(page):
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()


@contextmanager
def compared(page):
    """Waits until the rivals for the actions in the block are shown."""
    with page.expect_response("**/compare*"):
        yield
    page.wait_for_selector("#rivals:not([hidden]):not(.stale)")


def size(page):
    return int(page.locator("#bytes").text_content())


def opened(page, address):
    page.goto(address)
    page.wait_for_selector("#facts:not(:empty)")
    return page


def upload(page, name, content):
    page.set_input_files("#image", {"name": name, "mimeType": "", "buffer": content})


def shown(page, selector):
    """The pixels of an image element, uint8 [H, W, 4]."""
    values = page.evaluate(
        """async (selector) => {
            const image = document.querySelector(selector);
            await image.decode?.();
            const width = image.naturalWidth ?? image.width;
            const height = image.naturalHeight ?? image.height;
            const canvas = Object.assign(document.createElement("canvas"), { width, height });
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return [height, width, Array.from(context.getImageData(0, 0, width, height).data)];
        }""",
        selector,
    )
    return np.uint8(values[2]).reshape(values[0], values[1], 4)
