"""A better codec is on trial beside the promoted one on the images that come, until they decide."""

import shutil
from pathlib import Path

import pytest
import yaml

from flows.versions import registry, versions
from flows.watch import folder, watch
from image_compressor import InputError
from image_compressor.codec import exported, store
from tests.conftest import ROOT
from tests.flows.checkout import Checkout
from tests.flows.test_watch import arrive

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("server", "dvc_here")]
MOMENT = 1e-6  # days


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A checkout with v0.0.1 promoted."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    checkout = Checkout(tmp_path, exported.find("digits"))
    shutil.copy(ROOT / "params.yaml", checkout.path)
    with (checkout.path / ".git/info/exclude").open("a") as file:
        file.write("/incoming\n/reports\n/params.yaml\n")
    monkeypatch.chdir(checkout.path)
    publish(checkout, 1)
    return checkout


def publish(checkout, number, trial=False):
    """Publishes a codec that does the same as the others, but has another id, as a better one."""
    checkout.change(number)
    checkout.commit(f"source {number}")
    checkout.dvc("repro", "--quiet")
    arguments = (f"retrain/{number}", f"better {number}")
    return registry.publish(checkout.repository, *arguments, better=True, trial=trial)


def limit(**limits):
    """Changes the section retrain of params.yaml."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["retrain"].update(limits)
    Path("params.yaml").write_text(yaml.safe_dump(params))


def trial(checkout):
    """(the promoted version, the one on trial)."""
    return versions.promoted(checkout.repository), versions.candidate(checkout.repository)


def test_it_is_promoted_or_withdrawn_after_its_trial_on_the_images_of_all_looks(project, digits):
    def look(first, last):
        arrive(project.path / "incoming", digits[first:last], first)
        return watch("incoming", "digits", return_state=True).message

    (project.path / "incoming").mkdir()
    assert publish(project, 2, trial=True) == "v0.0.2"
    limit(bd_rate=1, canary=1)
    said = look(0, 40)
    assert "Of v0.0.2, on trial beside v0.0.1: Better: BD-rate by SSIM +0.00 %" in said
    assert "It is decided after 20" in said
    assert trial(project) == ("v0.0.1", "v0.0.2")
    limit(bd_rate=1, canary=MOMENT)
    assert "It is promoted. main" in look(40, 80)
    assert trial(project) == ("v0.0.2", None)
    measures = folder("incoming") / "trials/v0.0.2-v0.0.1"
    assert len([*measures.glob("*.v0.0.1.npz")]) == len([*measures.glob("*.v0.0.2.npz")]) == 2
    assert "on trial" not in look(80, 120)
    publish(project, 3, trial=True)
    limit(bd_rate=-0.5, canary=MOMENT)
    assert "Not better" in (said := look(120, 160)) and "It is withdrawn." in said
    assert trial(project) == ("v0.0.2", None)


def test_by_hand_it_is_withdrawn_superseded_or_promoted(project):
    repository = project.repository
    with pytest.raises(InputError, match="No version is on trial"):
        registry.withdraw(repository)
    publish(project, 2, trial=True)
    assert registry.withdraw(repository) == "v0.0.2"
    assert trial(project) == ("v0.0.1", None)
    for number in (3, 4):
        publish(project, number, trial=True)
    assert trial(project) == ("v0.0.1", "v0.0.4")
    assert registry.promote(repository, "v0.0.4") == "v0.0.1"
    assert trial(project) == ("v0.0.4", None), "v0.0.3 is not back"
