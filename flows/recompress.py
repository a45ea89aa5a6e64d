"""recompress: a set -> a set of another codec, one task per part, here or on a Dask cluster."""

import argparse

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running.cluster import PARTITION, absolute, codec_everywhere, fan_out, workers
from flows.running.command import launch
from image_compressor.cli.sets import recompressed
from image_compressor.codec.recompressing import MAX_LOSS
from image_compressor.errors import InputError
from image_compressor.sets import recompressing
from image_compressor.sets.index import Part


@task(**PARTITION)
def partition(job: recompressing.Job, number: int, part: Part) -> Part:
    """Writes one file of the new set, unless it is already finished."""
    return recompressing.recompress_part(job, number, part)


@flow(persist_result=False)
def recompress(
    source: str,
    output: str,
    to: str,
    codec: str | None = None,
    max_loss: float = MAX_LOSS,
    effort: int = 0,
    scheduler: str | None = None,
) -> State:
    """Compresses the set at `source` again into `output`, as `image-compressor recompress` does.

    Args:
        to: the new codec.
        codec: the old one; without it, each worker finds the one that wrote the set.
        max_loss, effort: see `codec.recompressing.recompress`.
        others: those of the flow `compress`.

    Returns: Completed; or Failed with the first error. Finished parts are kept and not redone.
    """
    try:
        runner = workers(scheduler)  # fails before anything is written
        old = None if codec is None else codec_everywhere(codec)
        job, parts = recompressing.begin(
            absolute(source), absolute(output), codec_everywhere(to), max_loss, old, effort
        )
        items = [{"job": job, "number": n, "part": part} for n, part in enumerate(parts)]
        with runner:
            new = recompressing.end(job, fan_out(runner, partition, items))
        return Completed(message=recompressed(job, parts, new))
    except InputError as error:
        return Failed(message=str(error))


def main() -> None:
    """`python -m flows.recompress SOURCE OUTPUT --to CODEC`. Bad input: one line, exit code 1."""
    parser = argparse.ArgumentParser("recompress", description=__doc__)
    parser.add_argument("source", help="a set, or s3://...")
    parser.add_argument("output", help="directory or address of the new set")
    parser.add_argument("--to", required=True, metavar="CODEC", help="the new codec")
    parser.add_argument("--codec", help="the old one; by default, it is found")
    parser.add_argument("--max-loss", type=float, default=MAX_LOSS, metavar="SSIM")
    parser.add_argument("--effort", type=int, default=0, help="0 to 9: smaller files, more time")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask's, e.g. tcp://host:8786")
    launch(recompress, *vars(parser.parse_args()).values(), lock=None)


if __name__ == "__main__":
    main()
