"""Access to a directory or to object storage, by path or address."""

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

UNREADABLE = (FileNotFoundError, PermissionError)  # errors of one file, not of the whole place
MEMORY = 2**24  # bytes that an upload buffers in memory; the rest is buffered on disk


class Place:
    """A directory, or an address that fsspec knows: `s3://bucket/path`, `gs://...`, `memory://...`.

    Credentials and endpoints come from the driver's settings, AWS_* for s3. All methods raise
    Unreachable if the place cannot be reached.
    """

    def __init__(self, address: str | Path):
        self.address = str(address).rstrip("/")
        with self._reached():
            self.system, self.root = fsspec.url_to_fs(self.address, use_listings_cache=False)
        self.local = isinstance(self.system, LocalFileSystem)

    def __str__(self) -> str:
        return self.address

    def find(self) -> dict[str, int]:
        """{relative path with "/": bytes} of every file, sorted by path.

        Raises InputError if there are no files.
        """
        with self._reached():
            found = self.system.find(self.root, detail=True)
        sizes = {path[len(self.root) :].strip("/"): info["size"] for path, info in found.items()}
        sizes.pop("", None)  # some tools mark a folder with an empty object of its name
        if not sizes:
            raise InputError(f"There are no images in {self}. Name another directory or address.")
        return dict(sorted(sizes.items()))

    def entries(self, folder: str = "") -> list[tuple[str, int | None, str]]:
        """(name, bytes, tag) of each entry of a folder, sorted by name.

        For a folder, bytes is None. A file's tag changes whenever its content does.
        """
        path = self._path(folder).rstrip("/")
        with self._reached():
            found = self.system.ls(path, detail=True)
        if [info["name"] for info in found] == [path]:
            raise InputError("a directory with images", f"the file {self}", "Name a directory.")
        entries = [
            (info["name"][len(path) + 1 :], None if _is_folder(info) else info["size"], info)
            for info in found
        ]
        # Some tools mark a folder with an empty object of its name.
        shown = [(name, size, _tag(info)) for name, size, info in entries if name or size]
        return sorted(shown, key=_name)

    def tag(self, name: str) -> str:
        """The current tag of a file, see `entries`."""
        with self._reached():
            return _tag(self.system.info(self._path(name)))

    def empty(self) -> bool:
        """Whether there is nothing at this place."""
        with self._reached():
            return not self.system.exists(self.root) or not self.system.ls(self.root, detail=False)

    def exists(self, name: str) -> bool:
        with self._reached():
            return self.system.exists(self._path(name))

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises InputError if there is no such file."""
        self._check(name)
        with self._reached():
            return self.system.cat_file(self._path(name))

    def read_each(self, names: list[str]) -> list[bytes | OSError]:
        """The bytes of files, fetched concurrently; the error of a missing or locked file."""
        # Otherwise s3fs first asks for the size of each file, to fetch large ones in parts.
        whole = {"max_concurrency": 1} if "s3" in self.system.protocol else {}
        return self._ranges(names, None, None, **whole)

    def starts(self, names: list[str], size: int) -> list[bytes | OSError]:
        """The first bytes of each non-empty file, or its error, see `read_each`."""
        return self._ranges(names, 0, size)

    def _ranges(self, names, *bounds, **options):
        paths = [self._path(name) for name in names]
        with self._reached():
            found = self.system.cat_ranges(paths, *bounds, **options) if paths else []
            for content in found:
                if isinstance(content, Exception) and not isinstance(content, UNREADABLE):
                    raise content
        return found

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """A file, open for reading bytes at any position."""
        self._check(name)
        with self._reached():
            file = self.system.open(self._path(name), "rb")
        with file:
            yield cast(BinaryIO, file)

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A file, open for writing bytes, that appears complete when the block ends."""
        if self.local:
            with replace_file(Path(self._path(name)), force=True) as file:
                yield file
            return
        with tempfile.SpooledTemporaryFile(MEMORY) as file:
            yield cast(BinaryIO, file)
            file.seek(0)
            # Closing stores the object, so it must not happen before all bytes are copied.
            with self._reached(), self.system.open(self._path(name), "wb") as target:
                shutil.copyfileobj(file, target)

    def put(self, name: str, content: bytes) -> None:
        """Writes a file; on a disk it may be truncated if the process is killed."""
        with self._reached():
            if self.local:  # object storage would create the bucket
                Path(self._path(name)).parent.mkdir(parents=True, exist_ok=True)
            self.system.pipe_file(self._path(name), content)

    def remove(self, name: str) -> None:
        with self._reached():
            self.system.rm_file(self._path(name))

    def clear(self) -> None:
        """Removes everything at this place."""
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
        except Exception as error:  # drivers raise errors of many types
            reason = f"{type(error).__name__}: {str(error)[:200]}".removesuffix(".")
            raise Unreachable(
                f"Cannot reach {self.address} ({reason}). Check that it exists, and check the "
                "address and the credentials; s3 needs the package s3fs."
            ) from None


def _name(entry):
    return entry[0]


def _is_folder(info):
    return info["type"] == "directory"


def _tag(info):
    """The tag of a file; each storage driver has another key for it."""
    tags = (info.get(key) for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime"))
    return str(next(filter(None, tags), "")).strip('"')
