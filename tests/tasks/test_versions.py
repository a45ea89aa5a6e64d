"""Versions that are installed, locked and recorded."""

import pytest
import yaml

from image_compressor import InputError
from tasks import versions
from tests.conftest import ROOT

RECORD = yaml.safe_load((ROOT / versions.RECORD).read_text())


def test_installed_versions_are_held_against_the_projects():
    versions.check_versions()
    versions.check_versions(["numpy>=2", "absent-package>=9", "numpy<1; python_version < '3'"])
    with pytest.raises(InputError, match=r"numpy<1.*pip install 'numpy<1'"):
        versions.check_versions(["numpy<1"])


def test_the_versions_on_record_are_the_locked_ones():
    known = versions.locked((ROOT / versions.LOCK).read_text())
    assert {name: known[name] for name in RECORD} == RECORD


def test_an_upgrade_in_the_lock_is_written_down(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    versions.LOCK.write_text(
        "a==2.10 \\\n    --hash=x\nb-c==1 ; python_version < '3.12' \\\nb-c==2\n"
    )
    versions.RECORD.write_text('b-c: ["1"]\na:\n')
    versions.write()
    assert versions.RECORD.read_text() == versions.HEAD + 'a: ["2.10"]\nb-c: ["1", "2"]\n'


def test_another_installed_version_is_named(caplog):
    versions.warn_of_others(RECORD | {"absent-package": ["1"]})
    assert not caplog.records
    versions.warn_of_others({"numpy": ["0.1", "0.2"]})
    assert "(not 0.1 or 0.2) installed, but versions.yaml records" in caplog.text
