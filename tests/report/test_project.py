"""The report of a pipeline in a browser."""

import pytest
import yaml


@pytest.mark.slow
def test_the_projects_report_opens_from_its_file(page, project):
    path = project.directory / "reports/report.html"
    page.goto(path.resolve().as_uri())
    assert page.inner_text("h1").startswith("Your images take ")
    params = yaml.safe_load((project.directory / "params.yaml").read_text())
    assert page.locator(".row:not(.pair)").count() == params["report"]["images"]
    assert path.stat().st_size <= 3e6
