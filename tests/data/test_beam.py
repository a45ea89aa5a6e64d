"""Apache Beam's local runner beside the local path."""

import sys
from functools import partial

import numpy as np
import pytest
import tensorflow_datasets

from image_compressor import InputError
from image_compressor.data import beam, ingestion, sources
from image_compressor.data.sources import tfds
from image_compressor.places import Place, Unreachable
from tests.bulk.conftest import contents
from tests.data import bad_files
from tests.data.test_store import prepared

LOCAL = {"runner": "DirectRunner"}
# Of protobuf 6, which Beam has, to TFDS.
pytestmark = pytest.mark.filterwarnings("ignore:label\\(\\) is deprecated:DeprecationWarning")


def both(source, tmp_path, options=LOCAL, store=None):
    """What the two write, which is the same, of bad_files.MAX_PIXELS at most; and the counts."""
    written = {}
    for name, rows in (("local", None), ("beam", partial(beam.rows, options))):
        counts = ingestion.write(source, tmp_path / name, bad_files.MAX_PIXELS, 1, rows, store)
        written[name] = contents(tmp_path / name), counts
    assert written["local"] == written["beam"]
    return counts


@pytest.fixture
def apache():
    reason = "the extra `beam` is not installed: docs/images.md"
    return pytest.importorskip("apache_beam", reason=reason)


@pytest.fixture
def directory(tmp_path):
    """Splits, labels, duplicates across parts, names that meet, and a hundred bad files."""
    for number in range(60):
        path = tmp_path / "in" / ("train", "val", "test")[number % 3] / f"{number % 2}/{number}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        bad_files.noise(number // 2, (16, 16)).save(path)
    for seed, name in enumerate(("a", "A", "a.png", "a.jpg.png", "a~.png")):
        path = tmp_path / "in" / name
        path.write_bytes(bad_files.file(bad_files.noise(100 + seed), "PNG"))
    return tmp_path / "in", bad_files.write(tmp_path / "in", "train/0/0.tif")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # in this process they would be errors
@pytest.mark.parametrize(
    "options", [LOCAL, {"direct_running_mode": "multi_processing", "direct_num_workers": 2}]
)
def test_the_same_files_and_tables(apache, directory, tmp_path, monkeypatch, options):
    monkeypatch.setattr(beam, "PART", 7)
    place, bad = directory
    counts = both(sources.find("directory", path=place), tmp_path, options)
    assert counts["images"] == 35
    assert counts.total() == 65 + len(bad)


@pytest.mark.slow
def test_the_same_records(apache, digits, tmp_path):
    place = tmp_path / "digits.npy"
    np.save(place, digits)
    assert both(sources.find("npy", path=place), tmp_path)["images"] == len(digits)
    assert prepared(tmp_path / "beam") == prepared(tmp_path / "local")


@pytest.mark.slow
def test_from_object_storage_and_to_it(apache, object_storage, tmp_path):
    place = Place(f"{object_storage}/beam")
    for number in range(9):
        content = bad_files.file(bad_files.noise(number // 2), "JPEG")
        place.put(f"{number % 2}/{number}.jpg", content[: 100 if number == 8 else None])
    source = sources.find("directory", path=str(place))
    assert both(source, tmp_path)["images"] == 4
    assert both(source, tmp_path, store=Place(f"{object_storage}/store"))["images"] == 4
    assert len(Place(f"{object_storage}/store").find()) == 4
    assert not [*Place(f"{object_storage}/store").system.glob("codecs/store/.*")]


def info(builder):
    features = tensorflow_datasets.features
    kinds = {
        "image": features.Image(shape=(16, 12, 3)),
        "label": features.ClassLabel(num_classes=3),
    }
    return tensorflow_datasets.core.DatasetInfo(
        builder=builder, features=features.FeaturesDict(kinds)
    )


def example(number):
    pixels = np.random.default_rng(number // 2).integers(0, 256, (16, 12, 3), np.uint8)
    return number, {"image": pixels, "label": number % 3}


class Sharded(tensorflow_datasets.core.GeneratorBasedBuilder):
    """50 images, two of each."""

    VERSION = tensorflow_datasets.core.Version("1.0.0")
    _info = info

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(40), "test": self._generate_examples(10)}

    def _generate_examples(self, count):
        yield from map(example, range(count))


@pytest.mark.slow
def test_a_set_of_tfds_is_read_by_shards(apache, tmp_path, monkeypatch):
    monkeypatch.setattr(beam, "PART", 7)
    config = tensorflow_datasets.download.DownloadConfig(num_shards=4)
    builder = tensorflow_datasets.builder("sharded", data_dir=tmp_path / "tfds")
    builder.download_and_prepare(download_config=config)
    source = tfds.images("sharded", tmp_path / "tfds")
    assert len({image.content.shard for image in source.later()}) == 8
    assert both(source, tmp_path)["images"] == 20
    chosen = sources.choose(source, ["1"], 9)
    assert both(chosen, tmp_path).total() == len(chosen) == 9


class Prepared(tensorflow_datasets.core.BeamBasedBuilder):
    """20 images."""

    VERSION = tensorflow_datasets.core.Version("1.0.0")
    _info = info

    def _split_generators(self, dl_manager, pipeline):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        import apache_beam

        return apache_beam.Create(range(20)) | apache_beam.Map(example)


@pytest.mark.slow
def test_a_set_that_tfds_prepares_by_beam_gets_its_options(apache, tmp_path):
    source = tfds.images("prepared", tmp_path, beam=beam.check(LOCAL))
    assert sorted(image.label for image in source) == ["0"] * 7 + ["1"] * 7 + ["2"] * 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runner": "DirektRunner"}, "Unexpected pipeline runner: DirektRunner"),
        ({"runer": "DirectRunner"}, r"Received: runer. Did you mean runner\?"),
        ({"direct_num_workers": "two"}, "direct_num_workers: invalid int value: 'two'"),
        ({"runner": "FlinkRunner", "flink_master": "127.0.0.1:9"}, "FlinkRunner"),
    ],
)
def test_bad_options_are_a_line(apache, tmp_path, options, message):
    source = sources.sample(sources.find("digits"), 3)
    with pytest.raises(InputError, match=message) as error:
        ingestion.write(
            sources.sample(source, 3), tmp_path / "raw", rows=partial(beam.rows, options)
        )
    assert "\n" not in str(error.value)
    assert not [*tmp_path.iterdir()]


def test_what_is_missing_is_a_line(apache, object_storage, tmp_path):
    place = Place(f"{object_storage}/gone")
    place.put("a.jpg", b"")
    found = sources.find("directory", path=str(place))
    rows = partial(beam.rows, LOCAL)
    with pytest.raises(InputError, match=r"^Expected s3://absent/raw\S* to be reached"):
        ingestion.write(found, tmp_path / "raw", rows=rows, store=Place("s3://absent/raw"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Place, "read_each", unreachable)
        with pytest.raises(InputError, match="a bucket to be reached") as error:
            ingestion.write(found, tmp_path / "raw", rows=rows)
    assert "\n" not in str(error.value)


def unreachable(place, names):
    raise Unreachable("a bucket to be reached", "nothing", "Try later.")


def test_without_beam_is_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam.options.pipeline_options", None)
    with pytest.raises(InputError, match=r"apache-beam.*extra `beam`"):
        beam.check(LOCAL)
