import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.data import preparation, raw
from image_compressor.data.source import SourceImage
from image_compressor.images.fitting import Policy
from image_compressor.ingest import ingestion
from tests.ingest.bad_files import noise

# The pipeline does it in processes: tests/test_pipeline.py.
pytestmark = pytest.mark.usefixtures("in_threads")

CROP = Policy(3, "crop", (12, 12))


def prepared(images, place, policy=Policy(3), crops=1):  # noqa: B008
    ingestion.write(images, place)
    manifest = raw.Manifest(place)
    return list(preparation.images(place, manifest, manifest.splits, policy, 0.2, 0.2, crops))


def images(count, split=""):
    return [
        SourceImage(f"{n:03}.png", np.asarray(noise(n, (20, 16))), str(n % 3), split)
        for n in range(count)
    ]


def splits(prepared):
    return {image.name.split("#")[0]: image.split for image in prepared}


def test_native_images_come_back_as_they_are(tmp_path):
    for before, after in zip(images(50), prepared(images(50), tmp_path), strict=True):
        assert np.array_equal(before.content, after.content)
        assert (before.name, before.label) == (after.name, after.label)


def test_crops_of_one_image_are_in_its_split_and_only_training_has_several(tmp_path):
    whole = splits(prepared(images(60), tmp_path / "whole"))
    cropped = prepared(images(60), tmp_path / "cropped", CROP, crops=3)
    assert splits(cropped) == whole
    names = [image.name for image in cropped]
    assert len(names) == len(set(names)) == sum(3 if s == "train" else 1 for s in whole.values())
    assert all(image.content.shape == (12, 12, 3) for image in cropped)


def test_crops_outside_training_are_centred_and_those_in_it_always_the_same(tmp_path):
    cropped = prepared(images(30), tmp_path / "a", CROP)
    originals = {image.name: image.content for image in images(30)}
    centred = [
        np.array_equal(image.content, CROP.apply(originals[image.name]))
        for image in cropped
        if image.split != "train"
    ]
    assert len(centred) > 2 and all(centred)
    more = {image.name: image.content for image in prepared(images(40), tmp_path / "b", CROP)}
    assert all(np.array_equal(more[image.name], image.content) for image in cropped)


def test_adding_an_image_moves_no_other(tmp_path):
    before = splits(prepared(images(100), tmp_path / "a"))
    after = splits(prepared(images(101), tmp_path / "b"))
    assert before.items() < after.items()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["train", "validation", "test"], {"train", "validation", "test"}),
        (["train", "test"], {"train", "validation", "test"}),
        (["train"], {"train", "validation", "test"}),
        (["test"], {"train", "validation", "test"}),
    ],
)
def test_a_split_that_a_source_lacks_is_taken_from_train(tmp_path, given, expected):
    source = [
        SourceImage(image.name, image.content, split=given[n % len(given)])
        for n, image in enumerate(images(60))
    ]
    after = splits(prepared(source, tmp_path))
    assert set(after.values()) == expected
    for image in source:
        if "train" in given and image.split != "train":
            assert after[image.name] == image.split
        elif len(given) == 3:
            assert after[image.name] == "train"


def test_a_picture_is_in_one_split_in_grey_and_in_colours_that_come_to_that_grey(tmp_path):
    rng = np.random.default_rng(0)
    colour = [rng.integers(0, 256, (16, 16, 3), np.uint8) for _ in range(30)]
    both = [
        SourceImage(f"{kind}{n}.png", policy.apply(image))
        for n, image in enumerate(colour)
        for kind, policy in (("grey", Policy(1)), ("rgb", Policy(3)))
    ]
    drawn = splits(prepared(both, tmp_path, Policy(1)))
    assert len(set(drawn.values())) == 3
    assert all(drawn[f"grey{n}.png"] == drawn[f"rgb{n}.png"] for n in range(30))


def test_several_crops_need_crop(tmp_path):
    with pytest.raises(InputError, match=r"preprocess\.crops"):
        prepared(images(1), tmp_path, crops=2)
