"""What the tests of the registry share."""

import time

import pytest

from flows import registry
from image_compressor import InputError
from tests.flows.checkout import Checkout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def refused(checkout):
    """Promotes, which must fail with one line, in seconds, and change nothing anywhere."""

    def refused(number=9):
        before, local = checkout.published(), checkout.git("for-each-ref")
        started = time.monotonic()
        with pytest.raises(InputError) as error:
            registry.publish(checkout.repository, f"retrain/{number}", "why", better=True)
        assert time.monotonic() - started < 10
        assert (checkout.published(), checkout.git("for-each-ref")) == (before, local)
        assert "\n" not in str(error.value)
        return str(error.value)

    return refused
