import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.coder import Coder
from image_compressor.training.mixture import tables

CHANNELS = 20
RNG = np.random.default_rng(0)
MEANS = RNG.normal(0, 8, (3, CHANNELS))
SCALES = RNG.uniform(0.5, 4, (3, CHANNELS))


def drawn(count, seed):
    """Draws latents of three kinds: half of them the first, a quarter each the others."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(3, count, p=[0.5, 0.25, 0.25])
    return kinds, rng.normal(MEANS[kinds], SCALES[kinds]).astype("float32")


def entropy(kinds, latents, width):
    """Computes the bits of latents of known kinds, in narrow bins."""
    z = (latents - MEANS[kinds]) / SCALES[kinds]
    densities = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) / SCALES[kinds]
    weights = np.array([0.5, 0.25, 0.25])[kinds]
    return (-np.log2(densities * width).sum(axis=1) - np.log2(weights)).mean()


@pytest.mark.parametrize("width", [0.25, 0.5])
def test_vectors_cost_their_kind_and_what_they_cost_among_its_own(width):
    _, sample = drawn(4000, 1)
    kinds, latents = drawn(2000, 2)
    (frozen,) = tables(sample, 3, np.full((1, CHANNELS), width, "float32"))
    bits = Coder(frozen).bits(frozen.quantise(latents)).mean()
    assert bits == pytest.approx(entropy(kinds, latents, width), rel=0.01)


def test_each_kind_is_a_class_as_frequent_as_it():
    kinds, latents = drawn(4000, 1)
    (frozen,) = tables(latents, 3, np.ones((1, CHANNELS), "float32"))
    assert np.allclose(sorted(frozen.classes / 2**16), [0.25, 0.25, 0.5], atol=0.03)
    classes = frozen.classify(frozen.quantise(latents))
    assert len(set(zip(kinds.tolist(), classes.tolist(), strict=True))) == 3


def test_all_qualities_share_one_bank_and_the_classes():
    first, second = tables(drawn(500, 1)[1], 3, np.float32([[1] * CHANNELS, [3] * CHANNELS]))
    assert first.bank is second.bank
    assert np.array_equal(first.classes, second.classes)
    assert not np.array_equal(first.index, second.index)


def test_the_same_latents_give_the_same_tables():
    first, second = (
        tables(drawn(500, 1)[1], 3, np.ones((1, CHANNELS), "float32"))[0] for _ in "ab"
    )
    for name in ("classes", "index", "offsets"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_a_fit_that_could_go_on_is_taken_as_it_is_without_a_warning():
    latents = np.random.default_rng(0).laplace(0, 5, (2000, CHANNELS)).astype("float32")
    (frozen,) = tables(latents, 8, np.ones((1, CHANNELS), "float32"))
    assert len(frozen.classes) == 8


def test_latents_of_no_class_come_back_and_cost_at_most_some_bytes_each():
    (frozen,) = tables(drawn(500, 1)[1], 3, np.ones((1, CHANNELS), "float32"))
    symbols = np.random.default_rng(3).integers(-400, 400, (50, CHANNELS)).astype(np.int32)
    coder = Coder(frozen)
    payload = coder.encode(symbols)
    assert np.array_equal(coder.decode(payload, symbols.shape), symbols)
    assert len(payload) < 5 * symbols.size


def test_latents_that_never_change_cost_next_to_nothing():
    latents = np.tile(np.float32([3, -7, 0.4]), (100, 1))
    latents[:50, 0] = 5
    (frozen,) = tables(latents, 2, np.ones((1, 3), "float32"))
    assert Coder(frozen).bits(frozen.quantise(latents)).max() < 1 + 3 * 0.1


def test_fewer_vectors_than_classes_are_refused():
    with pytest.raises(InputError, match=r"need at least 3 images, but there are only 2"):
        tables(drawn(2, 1)[1], 3, np.ones((1, CHANNELS), "float32"))


def test_latents_too_wide_to_tabulate_are_refused():
    with pytest.raises(InputError, match="Latents spread over"):
        tables(1000 * drawn(500, 1)[1], 3, np.ones((1, CHANNELS), "float32"))


def test_latents_that_are_not_finite_are_refused():
    latents = drawn(500, 1)[1]
    latents[3, 4] = np.nan
    with pytest.raises(InputError):
        tables(latents, 3, np.ones((1, CHANNELS), "float32"))
