"""Checks the theorem of fuzz.py for files found by a coverage-guided fuzzer (atheris, libFuzzer).

    python -m benchmarks.torture.fuzz_guided [SECONDS]

It starts with the samples of forgeries.py. The checksum of header and footer is corrected each
time, because no search would find it. A file that breaks the theorem ends the search, and is kept
in fuzz-failures/.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

from benchmarks import arguments

with atheris.instrument_imports(include=["image_compressor.codec"]):
    from benchmarks.torture import forgeries, fuzz


def search(seconds: str) -> None:
    fuzz.FAILURES.mkdir(exist_ok=True)
    fuzz.prepare()

    def one(data: bytes) -> None:
        if data:
            sample = fuzz.SAMPLES[data[0] % len(fuzz.SAMPLES)]
            became = fuzz.outcome(sample, forgeries.sealed(data[1:]))
            if became not in fuzz.RIGHT:
                raise AssertionError(became)

    with TemporaryDirectory() as corpus:
        for number, sample in enumerate(fuzz.SAMPLES):
            (Path(corpus) / str(number)).write_bytes(bytes([number]) + sample.data)
        limits = [
            f"-max_total_time={seconds}",
            "-rss_limit_mb=1024",
            f"-timeout={fuzz.LONGEST:.0f}",
        ]
        kept = f"-artifact_prefix={fuzz.FAILURES}/"
        atheris.Setup([sys.argv[0], corpus, kept, "-max_len=10000", *limits], one)
        atheris.Fuzz()


if __name__ == "__main__":
    search(*map(str, arguments(__doc__, seconds=600)))
