import io
import os
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets

from image_compressor import InputError
from image_compressor.images import decoding
from image_compressor.ingest.sources import tfds
from tests.conftest import ROOT

PIXELS = np.random.default_rng(0).integers(0, 256, (9, 16, 12, 3), np.uint8)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A data_dir with the data set `shapes`: two images an example, 6 in train and 3 in test."""
    features, place = tensorflow_datasets.features, tmp_path_factory.mktemp("tfds")
    kinds = {
        "front": features.Image(shape=(16, 12, 3)),
        "back": features.Image(shape=(16, 12, 1)),
        "shape": features.ClassLabel(names=["round", "square"]),
    }
    examples = [
        (number, {"front": pixels, "back": pixels[..., :1], "shape": number % 2})
        for number, pixels in enumerate(PIXELS)
    ]
    tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
        "shapes",
        "1.0.0",
        features.FeaturesDict(kinds),
        {"train": examples[:6], "test": examples[6:]},
        data_dir=place,
        disable_shuffling=True,
    )
    return place


@pytest.mark.parametrize(("feature", "channels"), [("front", slice(3)), ("back", 0)])
def test_images_come_with_their_labels_and_splits(data_dir, monkeypatch, feature, channels):
    monkeypatch.setenv("TFDS_DATA_DIR", str(data_dir))
    images = sorted(
        tfds.images("shapes", feature=feature), key=lambda image: image.split != "train"
    )
    pixels = np.stack([decoding.read(image.content) for image in images])
    assert np.array_equal(pixels, PIXELS[..., channels])
    assert [image.label for image in images] == ["round", "square"] * 4 + ["round"]
    assert Counter(image.split for image in images) == {"train": 6, "test": 3}
    assert len(tfds.images("shapes", feature=feature)) == len({image.name for image in images}) == 9


def test_where_there_are_several_images_one_must_be_named(data_dir):
    with pytest.raises(InputError, match="back, front"):
        tfds.images("shapes", data_dir)
    with pytest.raises(InputError, match=r"Did you mean front\?"):
        tfds.images("shapes", data_dir, "frnt")


def test_a_set_that_is_not_there_is_one_line_within_seconds(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    started = time.monotonic()
    with pytest.raises(
        InputError, match=rf"cifar10.*{tmp_path}.*has mnist.*download_and_prepare"
    ) as error:
        tfds.images("cifar10")
    assert time.monotonic() - started < 10
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match=r"elsewhere.*has nothing"):
        tfds.images("mnist", tmp_path / "elsewhere")


class Downloadable(tensorflow_datasets.core.GeneratorBasedBuilder):
    """Data set with the images of a file at URL."""

    VERSION = tensorflow_datasets.core.Version("1.0.0")
    URL = ""

    def _info(self):
        image = tensorflow_datasets.features.Image(shape=PIXELS.shape[1:])
        features = tensorflow_datasets.features.FeaturesDict({"image": image})
        return tensorflow_datasets.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(dl_manager.download(self.URL))}

    def _generate_examples(self, path):
        yield from enumerate({"image": image} for image in np.load(path))


def test_a_download_that_was_cut_off_is_one_line_and_the_next_is_whole(tmp_path, monkeypatch):
    buffer = io.BytesIO()
    np.save(buffer, PIXELS)
    answers = [buffer.getvalue()[:1000], buffer.getvalue()]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(buffer.getvalue())))
            self.end_headers()
            self.wfile.write(answers.pop(0))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setattr(Downloadable, "URL", f"http://127.0.0.1:{server.server_port}/images.npy")
    try:
        with pytest.raises(InputError) as error:
            tfds.images("downloadable", tmp_path)
        assert "\n" not in str(error.value)
        images = tfds.images("downloadable", tmp_path)
    finally:
        server.shutdown()
        server.server_close()
    assert len(images) == len(PIXELS)


def test_the_real_mnist():
    place = Path(os.environ.get("TFDS_DATA_DIR", ROOT.parent / "shared/data/tfds"))
    if not (place / "mnist").is_dir():
        pytest.skip(f"MNIST, as tensorflow-datasets prepares it, is not in {place}")
    images = tfds.images("mnist", place)
    assert len(images) == 70_000
    image = next(iter(images))
    assert decoding.read(image.content).shape == (28, 28)
