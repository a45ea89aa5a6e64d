"""Remotes that accept connections and never answer."""

import psutil
import pytest

from flows.versions import registry, repository, tags
from flows.versions.clone import cloned
from image_compressor import InputError


@pytest.fixture(params=["http", "git"])
def hanging(request, checkout, silent, monkeypatch):
    """A checkout whose remote never answers."""
    monkeypatch.setattr(repository, "ANSWER", 1)
    monkeypatch.setattr(tags, "MINUTE", 1)
    monkeypatch.chdir(checkout.path)
    checkout.git("remote", "set-url", "origin", f"{request.param}://{silent}/project.git")
    return checkout.repository


def test_what_asks_git_ends_in_time_with_all_that_it_started(hanging):
    for ask in (registry.check, registry.roll_back, lambda _: cloned("main").__enter__()):
        with pytest.raises(InputError, match=r"failed: not finished after 1 seconds\. Check its"):
            ask(hanging)
    started = psutil.Process().children(recursive=True)
    assert not [process for process in started if "git" in process.name()]
