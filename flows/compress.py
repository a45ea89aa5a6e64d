"""compress: images -> .imgc files, one task per partition, on this machine or a Dask cluster."""

import argparse

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running.cluster import PARTITION, absolute, codec_everywhere, fan_out, workers
from flows.running.command import launch
from image_compressor.cli.sets import summary
from image_compressor.codec.inputs import FITS
from image_compressor.errors import InputError
from image_compressor.sets import compressing
from image_compressor.sets.index import Part


@task(**PARTITION)
def partition(job: compressing.Job, number: int, paths: dict[str, str]) -> Part:
    """Writes one file of the set, unless it is already finished."""
    return compressing.compress_part(job, number, paths)


@flow(persist_result=False)
def compress(
    source: str,
    output: str,
    codec: str,
    partitions: int,
    quality: int | None = None,
    fit: str | None = None,
    skip: bool = False,
    scheduler: str | None = None,
    min_ssim: float | None = None,
    best: bool = False,
    guard: bool = True,
    embed: bool = False,
    metadata: bool = False,
    effort: int = 0,
) -> State:
    """Compresses all images below `source` into `output`, as `image-compressor compress` does.

    Args:
        source, output: directories, or addresses such as s3://bucket/images, that every worker can
            reach under the same name.
        scheduler: address of a Dask scheduler, such as tcp://host:8786; without one, the work is
            done in this process, on all cores.
        others: see `compressing.begin`.

    Returns: Completed; or Failed with the first error. Finished parts are kept and not redone.
    """
    try:
        runner = workers(scheduler)  # fails before anything is written
        job, parts_of = compressing.begin(
            absolute(source),
            absolute(output),
            codec_everywhere(codec),
            partitions,
            quality,
            fit,
            skip,
            min_ssim=min_ssim,
            best=best,
            guard=guard,
            embed=embed,
            metadata=metadata,
            effort=effort,
        )
        items = [{"job": job, "number": n, "paths": paths} for n, paths in enumerate(parts_of)]
        with runner:
            parts = fan_out(runner, partition, items)
        return Completed(message=summary(job, compressing.end(job, parts)))
    except InputError as error:
        return Failed(message=str(error))


def main() -> None:
    """`python -m flows.compress SOURCE OUTPUT ...`. Bad input: one line, exit code 1."""
    parser = argparse.ArgumentParser("compress", description=__doc__)
    parser.add_argument("source", help="a directory of images, or s3://...")
    parser.add_argument("output", help="directory or address of the new set")
    parser.add_argument("--codec", default="models/exported")
    parser.add_argument("--partitions", type=int, required=True, metavar="N")
    parser.add_argument("--quality", type=int)
    parser.add_argument("--fit", choices=FITS)
    parser.add_argument("--skip", action="store_true", help="leave out unusable files")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask's, e.g. tcp://host:8786")
    parser.add_argument("--min-ssim", type=float, metavar="SSIM")
    parser.add_argument("--best", action="store_true", help="WebP or AVIF where that is smaller")
    parser.add_argument("--no-guard", dest="guard", action="store_false")
    parser.add_argument("--embed", action="store_true", help="put the codec into the set")
    parser.add_argument("--metadata", action="store_true", help="keep times, EXIF, ICC and XMP")
    parser.add_argument("--effort", type=int, default=0, help="0 to 9: smaller files, more time")
    launch(compress, *vars(parser.parse_args()).values(), lock=None)


if __name__ == "__main__":
    main()
