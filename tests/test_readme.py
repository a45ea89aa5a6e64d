"""Runs the code of README.md and docs/ as it is written there, after the pipeline."""

import json
import re
import sys

import numpy as np
import pytest
import yaml

from image_compressor.model import architecture
from image_compressor.model.generator import Generator
from tasks.together import check_together
from tests.conftest import ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
}
TEXTS = PAGES | {"CONTRIBUTING.md": (ROOT / "CONTRIBUTING.md").read_text("utf-8")}


def blocks(language):
    """{page and number: block} of all code blocks, in order."""
    found = {
        f"{page}-{number}": block
        for page, text in PAGES.items()
        for number, block in enumerate(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL), 1)
    }
    assert found
    return found


def each(name, language):
    found = blocks(language)
    return pytest.mark.parametrize(name, found.values(), ids=found.keys())


@pytest.fixture(scope="module")
def environment(project):
    """A link that makes the pages activate the environment of the tests."""
    (project.directory / ".venv").symlink_to(sys.prefix)


@pytest.mark.slow
@each("commands", "bash")
def test_commands(project, environment, commands):
    # Without pipefail, as at a prompt: `head` may close the pipe early.
    project.run("bash", "-eu", "-c", commands)


@pytest.mark.slow
@each("code", "python")
def test_python(project, digits, code, monkeypatch):
    np.save(project.directory / "digits.npy", digits)
    monkeypatch.chdir(project.directory)
    exec(compile(code, "page", "exec"), {"__name__": "__main__"})


def test_model_json():
    (text,) = blocks("json").values()
    config = json.loads(text)["model"]
    architecture.check(config)
    assert Generator(config, 50).latent_shape == (50,)


def test_the_parameters_that_the_pages_show_exist_and_fit_together(monkeypatch):
    monkeypatch.chdir(ROOT)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    for shown in map(yaml.safe_load, blocks("yaml").values()):
        for section, values in shown.items():
            assert values.keys() <= params[section].keys()
        check_together({section: one | shown.get(section, {}) for section, one in params.items()})


def test_make_has_the_targets_that_the_pages_name():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|    )make ([\w-]+)", "\n".join(TEXTS.values()))
    assert set(named) <= targets
    assert "make test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(\s*([^)\s]+)", TEXTS[page])
    local = [link.split("#")[0] for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / page).parent.joinpath(link).is_file()] == []


def test_the_readme_is_short_and_lists_every_page_in_the_order_of_the_site():
    assert len(PAGES["README.md"].splitlines()) <= 200
    listed = re.findall(r"^\| \[\w+\]\(docs/(.+?).md\) \|", PAGES["README.md"], re.MULTILINE)
    trees = re.findall(r"```{toctree}\n(.*?)```", PAGES["docs/index.md"], re.DOTALL)
    assert listed == re.findall(r"^\w+$", "\n".join(trees), re.MULTILINE)
    assert sorted(f"docs/{name}.md" for name in [*listed, "index"]) == sorted(PAGES)[1:]


def test_the_lock_names_no_index_and_checks_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9-]+==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert all("--hash=sha256:" in part for part in re.split(r"\n(?=[a-z0-9-]+==)", lock)[1:])
