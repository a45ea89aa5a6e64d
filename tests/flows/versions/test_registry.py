import os
import shutil
import subprocess
import sys

import pytest
import yaml
from gto import api

from flows.versions import branches, registry, tags, versions
from image_compressor import InputError
from tests.conftest import ROOT
from tests.flows.checkout import Checkout

# Each test makes a repository.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("dvc_here")]


def test_what_is_promoted_is_at_the_remotes_and_the_checkout_is_as_before(checkout, tmp_path):
    checkout.train(1)
    before = (checkout.git("status", "--porcelain"), checkout.git("rev-parse", "HEAD"))
    assert (
        registry.publish(checkout.repository, "retrain/1", "much better", better=True) == "v0.0.1"
    )
    assert (checkout.git("status", "--porcelain"), checkout.git("rev-parse", "HEAD")) == before
    clone = checkout.clone(tmp_path / "clone")
    assert versions.promoted(clone) == "v0.0.1"
    clone.git("checkout", "--quiet", "retrain/1")
    for name in ("dvc.lock", "metrics.json"):
        assert (clone.path / name).read_bytes() == (checkout.path / name).read_bytes()
    clone.dvc("pull")
    assert (clone.path / "models/exported/card.json").read_text() == '{"number": 1}'
    assert "much better" in clone.git("log", "-1", "--format=%s")
    assert "much better" in clone.git("tag", "--list", "-n1", "codec#prod#1")


def test_rolling_back_promotes_the_version_before_again(checkout):
    assert [checkout.promote(number) for number in (1, 2)] == ["v0.0.1", "v0.0.2"]
    assert versions.promoted(checkout.repository) == "v0.0.2"
    assert registry.roll_back(checkout.repository) == ("v0.0.2", "v0.0.1")
    assert versions.promoted(checkout.repository) == "v0.0.1"
    with pytest.raises(InputError, match=r"roll back to \(promoted: v0\.0\.1\)\."):
        registry.roll_back(checkout.repository)
    assert versions.known(checkout.repository) == "v0.0.2", "though it was rolled back from"
    assert checkout.promote(3) == "v0.0.3"
    assert registry.roll_back(checkout.repository) == ("v0.0.3", "v0.0.1"), "v0.0.2 is not back"


def test_a_published_version_is_promoted_by_its_name(checkout):
    checkout.promote(1)
    checkout.train(2)
    registry.publish(checkout.repository, "retrain/2", "not better")
    assert registry.promote(checkout.repository, "v0.0.2") == "v0.0.1"
    assert versions.promoted(checkout.repository) == "v0.0.2"
    assert registry.roll_back(checkout.repository) == ("v0.0.2", "v0.0.1")
    before = checkout.published()
    for version, said in (
        ("v0.0.1", "v0.0.1 is the promoted version already"),
        ("v0.0.3", "a published version. Received: v0.0.3. Did you mean v0.0.[12]"),
    ):
        with pytest.raises(InputError, match=said):
            registry.promote(checkout.repository, version)
    assert checkout.published() == before


def test_an_output_of_the_promoted_version_is_pulled_and_dvc_lock_stays(checkout):
    where = (versions.CODEC, "models/before")
    versions.pull_promoted(checkout.repository, *where)  # none is promoted yet
    checkout.promote(1)
    checkout.train(2)
    card, lock = (checkout.path / name for name in ("models/before/card.json", "dvc.lock"))
    before = lock.read_bytes()
    shutil.rmtree(checkout.path / versions.CODEC)
    versions.pull_promoted(checkout.repository, *where)
    assert card.read_text() == '{"number": 1}'
    assert lock.read_bytes() == before


@pytest.fixture(scope="module")
def rolled_back(tmp_path_factory):
    """A checkout of two versions, of which the first is promoted again."""
    checkout = Checkout(tmp_path_factory.mktemp("rolled-back"))
    for number in (1, 2):
        checkout.promote(number)
    registry.roll_back(checkout.repository)
    return checkout


def test_gto_says_the_same(rolled_back):
    checkout = rolled_back
    shown = api.show(str(checkout.path), f"{tags.ARTIFACT}#{tags.STAGE}")
    assert [one["version"] for one in shown] == [versions.promoted(checkout.repository)]


def test_promoting_again_does_nothing(checkout):
    checkout.promote(1)
    before = checkout.published()
    assert registry.publish(checkout.repository, "retrain/again", "why", better=True) == "v0.0.1"
    assert checkout.published() == before


def test_a_version_that_was_rolled_back_from_may_be_promoted_again(checkout):
    checkout.promote(1), checkout.promote(2)
    registry.roll_back(checkout.repository)
    assert registry.publish(checkout.repository, "retrain/again", "why", better=True) == "v0.0.2"
    assert versions.promoted(checkout.repository) == "v0.0.2"
    assert registry.roll_back(checkout.repository)[1] == "v0.0.1"


def test_of_nothing_there_is_nothing_promoted_known_or_to_roll_back_to(checkout):
    checkout.train(1)
    assert versions.promoted(checkout.repository) is None
    assert versions.known(checkout.repository) is None
    with pytest.raises(InputError, match="promoted: none"):
        registry.roll_back(checkout.repository)


def test_tags_that_never_reached_the_remote_do_not_count(checkout):
    """Simulates kill -9 between tagging and pushing."""
    checkout.promote(1)
    checkout.train(2)
    commit = checkout.repository.commit("killed")
    tags.assign(
        checkout.repository, tags.register(checkout.repository, commit, "killed", "00"), "killed"
    )
    assert versions.promoted(checkout.repository) == "v0.0.1"
    assert registry.publish(checkout.repository, "retrain/2", "why", better=True) == "v0.0.2"


def test_a_version_that_is_not_better_is_published_and_not_promoted(checkout):
    checkout.promote(1)
    checkout.train(2)
    for _ in range(2):
        assert registry.publish(checkout.repository, "retrain/2", "worse") == "v0.0.2"
    assert versions.promoted(checkout.repository) == "v0.0.1"
    assert versions.known(checkout.repository) == "v0.0.2", "not to be judged again"
    assert any("refs/heads/retrain/2" in ref for ref in checkout.published()[0])


def test_what_others_than_the_codecs_stage_wrote_makes_no_version(checkout):
    checkout.promote(1)
    pipeline = yaml.safe_load((checkout.path / "dvc.yaml").read_text())
    pipeline["stages"]["ingest"] = {"cmd": "echo a > rejected", "outs": ["rejected"]}
    (checkout.path / "dvc.yaml").write_text(yaml.safe_dump(pipeline))
    checkout.commit("another stage")
    checkout.dvc("repro", "--quiet")
    assert "rejected" in (checkout.path / "dvc.lock").read_text()
    assert versions.known(checkout.repository) == "v0.0.1"


def test_a_clone_that_takes_up_the_newest_version_runs_and_downloads_nothing(rolled_back, tmp_path):
    checkout = rolled_back
    checkout.git("push", "--quiet", "origin", "HEAD:main")
    clone = checkout.clone(tmp_path / "clone")
    assert versions.adopt_latest(clone) == "v0.0.2"
    assert "up to date" in clone.dvc("repro", "--pull", "--allow-missing")
    assert not (clone.path / "models").exists()
    assert versions.known(clone) == "v0.0.2"


def test_without_versions_there_is_none_to_take_up(checkout):
    checkout.train(1)
    assert versions.adopt_latest(checkout.repository) is None


def test_promotions_of_other_checkouts_count(checkout, tmp_path):
    checkout.promote(1)
    other = checkout.clone(tmp_path / "other")
    checkout.promote(2)
    assert versions.promoted(other) == "v0.0.2"


def test_the_artifact_is_no_stage_and_changes_none(checkout):
    checkout.train(1)
    assert (ROOT / "dvc.yaml").read_text().count(f"\n  {tags.ARTIFACT}:\n") == 1
    assert "up to date" in checkout.dvc("repro")


def test_versions_and_promotions_made_by_hand_count_or_are_passed_over(checkout):
    checkout.train(1)
    path = str(checkout.path)
    api.register(path, tags.ARTIFACT, "HEAD~1")  # has no dvc.lock
    api.assign(path, tags.ARTIFACT, "test", ref="HEAD~1")
    checkout.git("push", "--quiet", "--tags")
    assert versions.promoted(checkout.repository) is None
    assert versions.known(checkout.repository) is None
    assert registry.publish(checkout.repository, "retrain/1", "why", better=True) == "v0.0.2"


def codec_of_main(checkout, path):
    """The card of the codec that a fresh clone gets."""
    clone = checkout.clone(path)
    clone.dvc("pull", versions.CODEC)
    return (clone.path / versions.CODEC / "card.json").read_text()


def test_a_branch_that_has_gone_on_keeps_its_commits_and_gets_the_results(checkout, tmp_path):
    for number in (1, 2):
        checkout.promote(number)
    registry.roll_back(checkout.repository)
    assert branches.bring(checkout.repository, "v0.0.1") == "main has it."
    assert branches.bring(checkout.repository, "v0.0.1") == "main has it."
    assert codec_of_main(checkout, tmp_path / "clone") == '{"number": 1}'
    assert checkout.git("ls-remote", "--heads", "origin", "retrain/1") == ""
    assert "retrain/2" in checkout.git("ls-remote", "--heads", "origin", "retrain/2")
    (checkout.origin / "HEAD").write_text("ref: refs/heads/elsewhere")
    told = branches.bring(checkout.repository, "v0.0.1")
    assert told == "HEAD of origin names no branch, so commit its dvc.lock where it belongs."
    (checkout.origin / "HEAD").write_text("ref: refs/heads/main")
    hook = checkout.origin / "hooks/update"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    told = branches.bring(checkout.repository, "v0.0.2")
    assert told.startswith("main does not have it yet, so commit its dvc.lock there: ")
    assert "\n" not in told
    assert codec_of_main(checkout, tmp_path / "again") == '{"number": 1}'


def test_as_a_command(checkout, tmp_path, monkeypatch, capsys):
    def command(*arguments):
        registry.main([*arguments])
        return capsys.readouterr().out

    monkeypatch.chdir(checkout.path)
    checkout.train(1)
    capsys.readouterr()
    assert (command("check"), command("promoted")) == ("", "none\n")
    assert command("promote") == "v0.0.1\n"
    checkout.promote(2)
    capsys.readouterr()
    assert command("rollback") == "v0.0.1 is promoted again instead of v0.0.2. main has it.\n"
    assert command("promoted") == "v0.0.1\n"
    assert codec_of_main(checkout, tmp_path / "first") == '{"number": 1}'
    told = "v0.0.2 is promoted instead of v0.0.1. main has it.\n"
    assert command("promote", "v0.0.2") == told
    assert codec_of_main(checkout, tmp_path / "second") == '{"number": 2}'
    failed = subprocess.run(
        [sys.executable, "-m", "flows.versions.registry", "promoted"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
