"""The guide as a site: opened from its directory, wide and narrow, light and dark."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SITE = ROOT / "docs/_build"


@pytest.fixture(scope="module")
def site():
    """Built as by `make docs`, where it differs from what is there; a warning is an error."""
    pytest.importorskip("furo", reason="Run `make docs`, which installs what builds the guide.")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "docs", SITE]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return SITE


@pytest.mark.slow
def test_no_page_needs_a_network_or_is_wider_than_a_phone(site, page):
    page.set_viewport_size({"width": 390, "height": 844})
    for source in (ROOT / "docs").glob("*.md"):
        page.goto((site / f"{source.stem}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, source.name


@pytest.mark.slow
def test_it_is_light_or_dark_as_the_system_is_and_can_be_searched(site, page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto((site / "index.html").as_uri())
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (color == "rgb(255, 255, 255)") == (scheme == "light")
    page.get_by_placeholder("Search").fill("ImageCompressor")
    page.keyboard.press("Enter")
    page.wait_for_selector("ul.search a[href^='api.html']")
