"""A codec and an archive shared by many readers, and their lifetime."""

import gc
import gzip
import io
import multiprocessing
import os
import pickle
import tempfile
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.torture.readers import at_once
from image_compressor import Codec, InputError
from tests.codec.networks import codec, images
from tests.photographs import picture

GIVEN = images(1200)
FORK = multiprocessing.get_context("fork")
SIMPLE = codec()
DATA = SIMPLE.compress(GIVEN)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "images.imgc").write_bytes(DATA)
    return tmp_path / "images.imgc"


@pytest.fixture
def archive(path):
    with path.open("rb") as file:
        yield SIMPLE.open(file)


def in_a_fork(function):
    """The result of a function called in a forked process."""
    results = FORK.SimpleQueue()
    process = FORK.Process(target=lambda: results.put(function()))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    return results.get()


@pytest.mark.parametrize(("name", "number"), [("digits", 300), ("photo", 60)])
def test_threads_and_processes_read_one_archive_at_once(tmp_path, name, number):
    one = Codec.load(name)
    given = list(images(9, size=28)) if name == "digits" else [picture(16, 9 + n) for n in range(9)]
    (tmp_path / "images.imgc").write_bytes(one.compress(given))
    with (tmp_path / "images.imgc").open("rb") as file:
        archive = one.open(file)
        assert at_once(archive, list(archive), number, processes=1) == {"right": number}


@pytest.fixture(params=["in memory", "spooled", "compressed"])
def unnamed(request):
    """A file whose bytes cannot be read through its descriptor, if it has one."""
    if request.param == "compressed":
        with gzip.open(io.BytesIO(gzip.compress(DATA))) as file:
            yield file
    else:
        kind = io.BytesIO if request.param == "in memory" else tempfile.SpooledTemporaryFile
        with kind() as file:
            file.write(DATA)
            yield file


def test_threads_share_files_of_every_kind(unnamed):
    archive = SIMPLE.open(unnamed)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(archive.__getitem__, range(0, 1200, 37)))
    assert np.array_equal(read, SIMPLE.decompress(DATA)[::37])


def test_a_fork_reads_from_disk_or_memory_and_refuses_other_files(path, archive, tmp_path):
    expected = archive[700]
    for readable in (archive, SIMPLE.open(io.BytesIO(DATA))):
        assert np.array_equal(in_a_fork(lambda one=readable: one[700]), expected)
    (tmp_path / "file.gz").write_bytes(gzip.compress(DATA))
    with gzip.open(tmp_path / "file.gz") as file:
        packed = SIMPLE.open(file)

        def refused():
            with pytest.raises(InputError, match="Open it again here"):
                packed[700]
            return "refused"

        assert in_a_fork(refused) == "refused"
        assert np.array_equal(packed[700], expected)


def test_a_fork_does_not_wait_for_locks_that_were_held(archive):
    held, over = threading.Event(), threading.Event()
    one = Codec.load("digits")
    memory = one.open(io.BytesIO(one.compress(images(3, size=28))))

    def hold():
        with memory.reader.read._lock(), one.networks._decoder._pool().one():
            held.set()
            over.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    try:
        assert in_a_fork(lambda: memory[1].shape) == (28, 28, 1)
    finally:
        over.set()
        thread.join()


def test_an_iteration_is_not_continued_in_a_fork(archive):
    blocks = archive.blocks()
    next(blocks)

    def refused():
        with pytest.raises(InputError, match="Begin it again here"):
            next(blocks)
        return len(list(archive))

    assert in_a_fork(refused) == 1200
    assert len(list(blocks)) == 2


def test_reading_leaves_the_position_of_the_file(path):
    with path.open("rb") as file:
        archive = SIMPLE.open(file)
        file.seek(7)
        archive[0]
        assert file.tell() == 7


def test_a_codec_pickles(archive):
    for name in ("digits", "photo"):
        one = Codec.load(name)
        given = [picture(28, 28)] if one.any_size else images(2, size=28)
        other = pickle.loads(pickle.dumps(one))
        assert other.identity == one.identity and other.policy == one.policy
        assert other.floors == one.floors
        assert other.compress(given, guard=False) == one.compress(given, guard=False)
        assert not other.networks._decoder._pool._made  # until it decodes


def test_an_archive_pickles_as_a_path_or_as_bytes(archive, path):
    small, large = pickle.dumps(archive), pickle.dumps(SIMPLE.open(io.BytesIO(DATA)))
    assert len(large) > len(small) + len(DATA) / 2
    for pickled in (small, large):
        other = pickle.loads(pickled)
        assert np.array_equal(other[700], archive[700])
        assert np.array_equal(list(other), list(archive))
    again = pickle.loads(pickle.dumps(pickle.loads(small)))
    assert np.array_equal(again[700], archive[700])


def test_another_file_at_the_path_of_a_pickled_archive_is_refused(archive, path):
    pickled = pickle.dumps(archive)
    path.unlink()
    with pytest.raises(InputError, match="Put it back"):
        pickle.loads(pickled)
    path.write_bytes(SIMPLE.compress(GIVEN[::-1]))
    with pytest.raises(InputError, match="has changed since"):
        pickle.loads(pickled)


@pytest.mark.parametrize("read", [lambda archive: archive[3], list, pickle.dumps])
def test_a_closed_file_is_an_error_of_one_line(read, path, unnamed):
    for opened in (path.open("rb"), unnamed):
        with opened as file:
            archive = SIMPLE.open(file)
        with pytest.raises(InputError, match=r"is closed\. Read its images before"):
            read(archive)


@pytest.mark.parametrize("what", [b"images.imgc", None, 7])
def test_anything_but_an_open_file_is_refused(what):
    with pytest.raises(InputError, match=r"open for reading bytes.*open\(path"):
        SIMPLE.open(what)


def test_a_pipe_and_a_file_for_writing_are_refused(tmp_path):
    ends = [os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True)]
    for file in (*ends, (tmp_path / "new").open("wb")):
        with file, pytest.raises(InputError, match="open for reading bytes"):
            SIMPLE.open(file)


def test_a_file_truncated_while_it_is_open_is_damaged(path):
    with path.open("r+b") as file:
        archive = SIMPLE.open(file)
        file.truncate(30)
        with pytest.raises(InputError, match="damaged or truncated"):
            archive[0]


def test_codec_and_archive_are_freed_at_once(path):
    gc.collect()
    gc.disable()
    try:
        for name in ("digits", "photo"):
            one = Codec.load(name)
            given = [picture(28, 28)] if one.any_size else images(2, size=28)
            archive = one.open(io.BytesIO(one.compress(given, target_ssim=0.1)))
            assert len(list(archive)) == len(given)
            with pytest.raises(IndexError):
                archive[9]
            freed = [weakref.ref(thing) for thing in (one, archive, one.networks, one.coder)]
            del one, archive
            assert [ref() for ref in freed] == [None] * 4
    finally:
        gc.enable()


def test_an_error_within_an_iteration_leaves_no_threads(archive):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        for _ in archive:
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        SIMPLE.compress(1 // 0 if n == 600 else image for n, image in enumerate(GIVEN))
    assert threading.active_count() == before


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_torch_reads_it_in_its_workers(archive, way):
    torch = pytest.importorskip("torch.utils.data", reason="torch is not installed")
    loader = torch.DataLoader(archive, 100, num_workers=2, multiprocessing_context=way)
    assert np.array_equal(np.concatenate(list(loader)), archive[:])
