"""Measures how fast the demo responds to a stroke, in Chromium on this machine.

    python -m benchmarks.measure.demo [CODEC]

Serves CODEC (digits), draws digits with the mouse on its page, and prints the times from request to
response, in ms, by the browser's clock. The comparison with rivals runs at the same time.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys

from playwright.sync_api import sync_playwright

DIGITS = 10
TIMES = """performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/compress")).map(({ duration }) => duration)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codec", nargs="?", default="digits")
    command = [sys.executable, "-m", "image_compressor", "demo", "--no-browser", "--port", "0"]
    command += ["--codec", parser.parse_args().codec]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = re.search(r"http://\S+", server.stdout.readline()).group()
        try:
            times = sorted(drawn(address))
        finally:
            server.terminate()
    print(
        f"{len(times)} requests: median {statistics.median(times):.0f} ms, "
        f"90 % within {times[len(times) * 9 // 10]:.0f} ms, slowest {times[-1]:.0f} ms"
    )


def drawn(address: str) -> list[float]:
    """Draws digits; returns the time of each request, in ms."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#facts:not(:empty)")
        box = page.locator(".pad canvas").bounding_box()
        for number in range(DIGITS):
            x, y = box["x"] + (0.2 + number / 20) * box["width"], box["y"] + 0.2 * box["height"]
            page.mouse.move(x, y)
            page.mouse.down()
            for _ in range(20):
                y += box["height"] / 40
                page.mouse.move(x, y)
                page.wait_for_timeout(16)  # like a mouse
            page.mouse.up()
            page.wait_for_timeout(800)
            page.click("#clear")
        times = page.evaluate(TIMES)
        browser.close()
    return times


if __name__ == "__main__":
    main()
