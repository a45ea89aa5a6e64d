"""Where images lie, or files made of them: a directory, or object storage by its address."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from image_compressor.errors import InputError, Unreachable
from image_compressor.files import check_readable, replace_file

UNREADABLE = (FileNotFoundError, PermissionError)  # a file's errors, others are the place's
MEMORY = 2**24  # bytes of a file that is written to object storage; of more on disk


class Place:
    """A directory, or what fsspec calls one: `s3://bucket/path`, `gs://...`, `memory://...`.

    Credentials and endpoints are those of its driver, AWS_* for s3. All methods raise Unreachable
    where the place cannot be reached.
    """

    def __init__(self, address: str | Path):
        self.address = str(address).rstrip("/")
        with self._reached():
            self.system, self.root = fsspec.url_to_fs(self.address, use_listings_cache=False)
        self.local = isinstance(self.system, LocalFileSystem)

    def __str__(self) -> str:
        return self.address

    def find(self) -> dict[str, int]:
        """Bytes of each file by its path below, with "/", in the order of their names.

        Raises InputError where there are none.
        """
        with self._reached():
            found = self.system.find(self.root, detail=True)
        sizes = {path[len(self.root) :].strip("/"): one["size"] for path, one in found.items()}
        sizes.pop("", None)  # some tools mark the folder by an empty object of its name
        if not sizes:
            raise InputError("a place with images", f"{self}, which has none", "Name another.")
        return dict(sorted(sizes.items()))

    def entries(self, folder: str = "") -> list[tuple[str, int | None, str]]:
        """(name, bytes, tag) of what is in a folder, in the order of names.

        A folder has None in place of bytes. The tag of a file is another once its content is.
        """
        path = self._path(folder).rstrip("/")
        with self._reached():
            found = self.system.ls(path, detail=True)
        if [one["name"] for one in found] == [path]:
            raise InputError("a directory with images", f"{self}, a file", "Name a directory.")
        entries = [
            (one["name"][len(path) + 1 :], None if one["type"] == "directory" else one["size"], one)
            for one in found
        ]
        # Some tools mark a folder by an empty object of its name.
        shown = [(name, size, _tag(one)) for name, size, one in entries if name or size]
        return sorted(shown, key=_name)

    def tag(self, name: str) -> str:
        """The tag of a file, see `entries`, as it is now."""
        with self._reached():
            return _tag(self.system.info(self._path(name)))

    def empty(self) -> bool:
        """Is nothing there?"""
        with self._reached():
            return not self.system.exists(self.root) or not self.system.ls(self.root, detail=False)

    def exists(self, name: str) -> bool:
        with self._reached():
            return self.system.exists(self._path(name))

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises InputError where there is none."""
        self._check(name)
        with self._reached():
            return self.system.cat_file(self._path(name))

    def read_each(self, names: list[str]) -> list[bytes | OSError]:
        """The bytes of files, fetched at once; for one that is gone or locked its error."""
        # s3fs would ask for the size of each first, to fetch a large one in pieces.
        whole = {"max_concurrency": 1} if "s3" in self.system.protocol else {}
        return self._ranges(names, None, None, **whole)

    def starts(self, names: list[str], size: int) -> list[bytes | OSError]:
        """The first bytes of files that are not empty, as `read_each` gives all of them."""
        return self._ranges(names, 0, size)

    def _ranges(self, names, *bounds, **options):
        paths = [self._path(name) for name in names]
        with self._reached():
            found = self.system.cat_ranges(paths, *bounds, **options) if paths else []
            for one in found:
                if isinstance(one, Exception) and not isinstance(one, UNREADABLE):
                    raise one
        return found

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """A file, open for reading bytes anywhere in it."""
        self._check(name)
        with self._reached():
            file = self.system.open(self._path(name), "rb")
        with file:
            yield cast(BinaryIO, file)

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A file, open for writing bytes, that is there, whole, when the block ends."""
        if self.local:
            with replace_file(Path(self._path(name)), force=True) as file:
                yield file
            return
        with tempfile.SpooledTemporaryFile(MEMORY) as file:
            yield cast(BinaryIO, file)
            file.seek(0)
            # Closed only when all of it is there: what is closed is stored.
            with self._reached(), self.system.open(self._path(name), "wb") as target:
                shutil.copyfileobj(file, target)

    def put(self, name: str, content: bytes) -> None:
        """Writes a file; on a disk it may be there in part when the process is killed."""
        with self._reached():
            if self.local:  # elsewhere that would make the bucket
                Path(self._path(name)).parent.mkdir(parents=True, exist_ok=True)
            self.system.pipe_file(self._path(name), content)

    def remove(self, name: str) -> None:
        with self._reached():
            self.system.rm_file(self._path(name))

    def clear(self) -> None:
        """Removes all that is there."""
        with self._reached():
            if self.system.exists(self.root):
                self.system.rm(self.root, recursive=True)

    def _check(self, name):
        if self.local:
            check_readable(Path(self._path(name)))

    def _path(self, name):
        return f"{self.root}/{name}"

    @contextmanager
    def _reached(self):
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # drivers raise errors of many kinds
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            fix = "Check address, credentials, and that it exists; s3 needs the package s3fs."
            raise Unreachable(f"{self.address} to be reached", reason, fix) from None


def _name(entry):
    return entry[0]


def _tag(found):
    """The tag of a file, which each driver of object storage names otherwise."""
    tags = (found.get(key) for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime"))
    return str(next(filter(None, tags), "")).strip('"')
