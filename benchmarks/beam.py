"""ingest by Apache Beam's local runner beside ingest on all cores: the same bytes, and the times.

    python -m benchmarks.beam [COUNT]    # where the extra `beam` is installed

Writes COUNT (10,000) different PNGs of 28x28 pixels into a directory, every hundredth damaged and
every hundredth there twice, has both ingest them in as many processes as there are cores, and
compares every file that they write.
"""

import argparse
import logging
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.ingest import write
from image_compressor.codec.parallel import WORKERS
from image_compressor.data import beam, ingestion, sources

OPTIONS = {
    "runner": "DirectRunner",
    "direct_running_mode": "multi_processing",
    "direct_num_workers": WORKERS,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    count = parser.parse_args().count
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        write(place / "images", count)
        for number, path in enumerate(sorted((place / "images").rglob("*.png"))):
            if number % 100 == 0:
                shutil.copy(path, path.with_suffix(".copy.png"))
            elif number % 100 == 50:
                path.write_bytes(path.read_bytes()[:-20])
        seconds = {}
        for way, rows in (("local", None), ("beam", partial(beam.rows, OPTIONS))):
            source = sources.find("directory", path=place / "images")
            started = time.perf_counter()
            counts = ingestion.write(source, place / way, max_rejected=1, rows=rows)
            seconds[way] = time.perf_counter() - started
            print(f"{way}: {ingestion.text(counts)} in {seconds[way]:.1f} s")
        written = [contents(place / way) for way in seconds]
        assert written[0] == written[1]
        print(f"the same {len(written[0])} files; {seconds['beam'] / seconds['local']:.2f} times")


def contents(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    main()
