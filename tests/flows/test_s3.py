"""The registry with its data in S3: moto's server on loopback."""

import json
import os
import time

import pytest

from flows.versions import registry
from image_compressor import InputError, cli
from tests.flows.checkout import Checkout

pytestmark = pytest.mark.slow


@pytest.fixture
def checkout(bucket, exported, tmp_path):
    return Checkout(tmp_path, exported, **bucket)


def test_a_codec_is_published_pulled_and_fetched(checkout, exported, tmp_path):
    assert [checkout.promote(number) for number in (1, 2)] == ["v0.0.1", "v0.0.2"]
    clone = checkout.clone(tmp_path / "clone")
    clone.git("checkout", "--quiet", "retrain/2")
    clone.dvc("pull", "--run-cache")
    assert "up to date" in clone.dvc("repro")
    registry.roll_back(checkout.repository)
    output = tmp_path / "fetched"
    cli.main(["fetch", "codec", "--from", str(checkout.origin), "-o", str(output)])
    assert json.loads((output / "card.json").read_text()) == {"number": 1}
    assert (output / "tables.npz").read_bytes() == (exported / "tables.npz").read_bytes()


def refused(checkout):
    """Runs the check that precedes `retrain` and `publish`; returns its error."""
    started = time.monotonic()
    with pytest.raises(InputError) as error:
        registry.check(checkout.repository)
    assert time.monotonic() - started < 30
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("url", ["s3://codecs/dvc", "s3://codecs"])
def test_missing_credentials_are_a_line_in_seconds(checkout, tmp_path, monkeypatch, url):
    checkout.dvc("remote", "modify", "storage", "url", url)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "Unable to locate credentials" in refused(checkout)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("endpointurl", "http://127.0.0.1:9"), "Could not connect to the endpoint"),
        (("url", "s3://absent/dvc"), "bucket"),
        (("url", "s3://absent"), "bucket"),
    ],
)
def test_a_storage_that_is_not_there_is_a_line_in_seconds(checkout, change, message):
    checkout.dvc("remote", "modify", "storage", *change)
    assert message in refused(checkout)
