"""decompress: .imgc files -> images, one task per partition, on this machine or a Dask cluster."""

import argparse

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running.cluster import PARTITION, absolute, codec_everywhere, fan_out, workers
from flows.running.command import launch
from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.errors import InputError
from image_compressor.sets import decompressing


@task(**PARTITION)
def partition(job: decompressing.Job, number: int) -> int:
    """Decompresses one file of the set, unless it already is; returns its number of images."""
    return decompressing.decompress_part(job, number)


@flow(persist_result=False)
def decompress(
    source: str,
    output: str,
    codec: str | None = None,
    max_pixels: int = LARGEST_IMAGE,
    max_images: int | None = None,
    max_total_pixels: int | None = None,
    scheduler: str | None = None,
) -> State:
    """Decompresses the set at `source` into `output`, as `image-compressor decompress` does.

    Args: those of the flow `compress`, and the limits of `Archive`; without a codec, each worker
    finds the one that wrote the set: see `finding.find`.

    Returns: Completed; or Failed with the first error. Finished parts are kept and not redone.
    """
    try:
        runner = workers(scheduler)  # fails before anything is written
        job, parts = decompressing.begin(
            absolute(source),
            absolute(output),
            None if codec is None else codec_everywhere(codec),
            max_pixels=max_pixels,
            max_images=max_images,
            max_total_pixels=max_total_pixels,
        )
        with runner:
            items = [{"job": job, "number": number} for number in range(len(parts))]
            count = sum(fan_out(runner, partition, items))
        decompressing.end(job, len(parts))
        return Completed(message=f"{job.output}: {count:,} images")
    except InputError as error:
        return Failed(message=str(error))


def main() -> None:
    """`python -m flows.decompress SOURCE OUTPUT ...`. Bad input: one line, exit code 1."""
    parser = argparse.ArgumentParser("decompress", description=__doc__)
    parser.add_argument("source", help="a set, or s3://...")
    parser.add_argument("output", help="a directory for the images, or s3://...")
    parser.add_argument("--codec", help="by default, the one that wrote the set is found")
    parser.add_argument("--max-pixels", type=int, default=LARGEST_IMAGE, metavar="N")
    parser.add_argument("--max-images", type=int, metavar="N")
    parser.add_argument("--max-total-pixels", type=int, metavar="N")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask's, e.g. tcp://host:8786")
    launch(decompress, *vars(parser.parse_args()).values(), lock=None)


if __name__ == "__main__":
    main()
