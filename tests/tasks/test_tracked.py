"""Files that DVC tracks are listed in the same way whether or not they are here."""

import io
from collections import Counter
from pathlib import Path
from typing import ClassVar

import dvc.api
import pytest

from image_compressor.ingest.listing import Row
from tasks import tracked
from tests.ingest import bad_files

PNG = bad_files.file(bad_files.noise(0), "PNG")


@pytest.fixture
def system(monkeypatch):
    """DVC's file system, with these files."""

    class System:
        files: ClassVar[dict[str, bytes]] = {}

        def exists(self, place):
            return any(name == place or name.startswith(f"{place}/") for name in self.files)

        def find(self, place, detail):
            return {name: {"size": None, "md5": name[-5:]} for name in self.files}

        def open(self, name, mode):
            return io.BytesIO(self.files[name])

    monkeypatch.setattr(dvc.api, "DVCFileSystem", System)
    return System


@pytest.mark.parametrize("place", ["photos", ".photos/mine"])
def test_files_are_told_apart_below_the_path_and_in_the_order_of_folders(system, place):
    names = ["b/1.png", "b.png", "b/c", "b/notes.txt", "b/README", ".x/a.png", "a.png"]
    contents = {name: PNG if name[-1] in "gc" else b"text" for name in names}
    system.files = {f"{place}/{name}": data for name, data in contents.items()}
    passed = Counter()
    rows = [*tracked.rows(Path(place), passed)]
    assert [row.name for row in rows] == ["a.png", "b/1.png", "b/c", "b.png"]
    assert passed == {".txt": 1, "hidden": 1, "no known ending": 1}
    assert len([*tracked.rows(Path(place))]) == len(names)


def test_a_file_is_one_row_and_what_is_not_tracked_is_not_found(system):
    system.files = {"stack.npy": b""}
    assert [*tracked.rows(Path("stack.npy"))] == [Row("stack.npy", digest="k.npy")]
    with pytest.raises(FileNotFoundError):
        [*tracked.rows(Path("absent"))]
