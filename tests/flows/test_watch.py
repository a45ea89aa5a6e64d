"""watch: looks at images that come to a directory, with the released codec for digits."""

import csv
import io
import json
import re

import fsspec
import numpy as np
import pytest
from PIL import Image

from flows import watch as watching
from flows.watch import EXPECTED, HISTORY, folder, watch
from image_compressor.watch import expected
from image_compressor.watch.look import Look

pytestmark = pytest.mark.slow


@pytest.fixture
def incoming(server, tmp_path, monkeypatch):
    """A directory for images, in a checkout without anything else."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dvc").mkdir()
    directory = tmp_path / "incoming"
    directory.mkdir()
    return directory


@pytest.fixture
def events(monkeypatch):
    """The events that are emitted, as (what, facts)."""
    emitted = []
    monkeypatch.setattr(
        watching.events, "emit", lambda what, _, **facts: emitted.append((what, facts))
    )
    return emitted


def arrive(directory, images, start=0):
    for number, image in enumerate(images, start):
        Image.fromarray(image).save(directory / f"{number:04}.png")


def look(directory):
    state = watch(str(directory), "digits", return_state=True)
    return state.name, state.message


def rows(directory):
    with (folder(str(directory)) / HISTORY).open(newline="") as file:
        return [*csv.DictReader(file)]


def test_each_image_is_looked_at_once_and_drift_is_found(incoming, events, digits):
    assert look(incoming) == ("NothingNew", f"{incoming} has no new images.")
    arrive(incoming, digits[:120])
    name, message = look(incoming)
    assert name == "NoDrift"
    assert "120 new images" in message and "expected.json says what to expect" in message
    assert look(incoming)[0] == "NothingNew"
    arrive(incoming, np.roll(digits[120:], 4, axis=2), 120)
    name, message = look(incoming)
    assert name == "Drift" and "80 new images" in message and "first look at 0" in message
    assert [(row["arrived"], row["found"]) for row in rows(incoming)] == [
        ("120", "no drift"),
        ("80", "drift"),
    ]
    assert float(rows(incoming)[1]["p"]) < 0.01 < float(rows(incoming)[0]["p"])
    assert [what for what, _ in events] == ["data.arrived"] * 2 + ["drift.detected"]
    assert len(events[-1][1]["unlike"]) == 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda x: np.where(np.arange(len(x))[:, None, None] % 2, 0, x),
            "50 of 100 .* single colo",
        ),
        (lambda x: x.repeat(10, 1).repeat(10, 2), "100 of 100 images cannot be used.*280x280"),
        (lambda x: x[:1].repeat(100, axis=0), "99 of 100 images repeat another file"),
        (None, "100 of 100 images cannot be used, such as 0200.png: .*damaged"),
    ],
    ids=["half black", "ten times larger", "one again and again", "truncated"],
)
def test_broken_images_stop_it_with_a_line_until_they_are_mended(
    incoming, events, digits, change, said
):
    arrive(incoming, digits[:100])
    look(incoming)
    if change:
        arrive(incoming, change(digits[100:200].copy()), 200)
    else:
        for number in range(200, 300):
            (incoming / f"{number:04}.png").write_bytes(b"\x89PNG\r\n\x1a\nIHDR")
    for _ in range(2):
        state = watch(str(incoming), "digits", return_state=True)
        assert (state.type.name, state.name) == ("FAILED", "Invalid")
        assert re.search(said, state.message)
    assert events[-1][0] == "data.invalid"
    assert [row["found"] for row in rows(incoming)] == ["no drift", "invalid"]
    arrive(incoming, digits[100:200], 200)
    assert look(incoming)[0] == "NoDrift"


def test_labels_that_were_swapped_or_are_new_stop_it(incoming, events, digits):
    """Shifted to one side or the other, digits have two labels that their images tell apart."""

    def sides(first, last, left="left", right="right"):
        for side, shift in ((left, -5), (right, 5)):
            (incoming / side).mkdir(exist_ok=True)
            arrive(incoming / side, np.roll(digits[first:last], shift, axis=2), first)

    sides(0, 40)
    assert "to expect" in look(incoming)[1]
    sides(40, 60)
    assert look(incoming)[0] != "Invalid"
    sides(60, 80, "right", "left")
    name, message = look(incoming)
    assert name == "Invalid" and "the label left look like those with right" in message
    for file in (*incoming.glob("*/006?.png"), *incoming.glob("*/007?.png")):
        file.unlink()
    sides(80, 90, "up", "up")
    assert "10 of 10 images have a label that is not expected, such as up/" in look(incoming)[1]


def test_folders_that_images_do_not_tell_apart_are_no_labels(incoming, events, digits):
    for day in range(4):
        (incoming / f"day-{day}").mkdir()
        arrive(incoming / f"day-{day}", digits[day:80:4])
    look(incoming)
    assert expected.read(folder(str(incoming)) / EXPECTED).labels == {}


def test_an_emptied_place_is_invalid(incoming, events, digits):
    arrive(incoming, digits[:20])
    look(incoming)
    for file in incoming.iterdir():
        file.unlink()
    assert look(incoming) == ("Invalid", f"{incoming} has no images, but had 20 before.")


def test_a_bucket_is_watched_like_a_directory(incoming, events, digits):
    system = fsspec.filesystem("memory")
    for number, image in enumerate(digits[:30]):
        content = io.BytesIO()
        Image.fromarray(image).save(content, "PNG")
        system.pipe_file(f"/watched/{number}.png", content.getvalue())
    assert look("memory://watched")[0] == "NoDrift"
    assert look("memory://watched")[0] == "NothingNew"


def test_each_source_has_its_own_history_and_expectations(incoming, events, digits, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    arrive(incoming, digits[:30])
    arrive(other, digits[:30])
    for directory in (incoming, other, incoming, other):
        look(directory)
    assert len(rows(incoming)) == len(rows(other)) == 1
    assert look(incoming)[0] == look(f"{other}/")[0] == "NothingNew"


def test_what_is_wrong_is_one_line(incoming, digits):
    for source, codec, said in (
        ("nowhere", "digits", "nowhere is not a directory"),
        (str(incoming), "models/exported", "models/exported"),
    ):
        arrive(incoming, digits[:2])
        state = watch(source, codec, return_state=True)
        assert state.is_failed() and said in state.message and "\n" not in state.message
    (incoming / "0000.png").write_bytes(b"text")
    (incoming / "0001.png").unlink()
    assert "None of 1 files can be used, such as 0000.png" in look(incoming)[1]
    path = folder(str(incoming)) / EXPECTED
    path.parent.mkdir(parents=True, exist_ok=True)
    given = expected.Expected([1], [28, 28], [28, 28], 0.05, 0.05, 0.05, 0.05)
    expected.save(given, path)
    whole = path.read_text()
    for old, new in (
        ("[28, 28]", "[28]"),
        ("0.05", "-1"),
        ('"labels": {}', '"labels": {"a": [0]}'),
        (whole, "{}"),
    ):
        path.write_text(whole.replace(old, new))
        assert f"expectations in {path}" in look(incoming)[1]


def test_expectations_come_back_from_their_file(tmp_path):
    given = expected.Expected([1, 3], [8, 8], [64, 96], 0.05, 0.1, 0.05, 0.2, {"a": 64 * [9]})
    expected.save(given, tmp_path / "a.json")
    assert expected.read(tmp_path / "a.json") == given
    assert json.loads((tmp_path / "a.json").read_text())["largest"] == [64, 96]
    assert [*expected.problems(Look([], {}, 0), given)] == []
    assert "No image can be used." in [*expected.problems(Look([], {"a": "empty"}, 0), given)]
