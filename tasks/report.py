"""report: the outputs of all other stages -> reports/report.html, and its pictures as files."""

import logging
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks import quiet
from tasks.parameters import checked
from tasks.stage import main


@checked
def run(
    prepared: Path = Path("data/prepared"),
    trained: Path = Path("models/trained"),
    exported: Path = Path("models/exported"),
    reports: Path = Path("reports"),
    /,
    *,
    images: Annotated[int, Field(ge=1)] = 8,
) -> None:
    """Writes report.html, and curves and network as .svg and .png, into `reports`.

    Args:
        images: how many of the test split to show beside the rivals; fewer if they are large.
    """
    from image_compressor.report import report

    with quiet.without(quiet.LITERT):
        size = report.write(prepared, trained, exported, reports, images)
    logging.getLogger("report").info("%s, %.2f MB", reports / report.PAGE, size / 1e6)


if __name__ == "__main__":
    main(run, "report")
