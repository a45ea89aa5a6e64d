"""Page of the report: figures, pictures and facts in one self-contained HTML file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from image_compressor.report.drawing import count, dimensions
from image_compressor.report.headline import short
from image_compressor.report.series import SERIES, title
from image_compressor.web import assets

HERE = Path(__file__).parent


def render(contents: Mapping[str, Any]) -> str:
    """Renders the page with these contents, named as in report.html.

    Text is escaped, Markup is not.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "short": short,
        "count": count,
        "dimensions": dimensions,
        "bytes": _bytes,
        "title_of": title,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    }
    return environment.get_template("report.html").render(
        contents,
        styles=Markup(assets.read("style.css") + assets.read("decode.css") + _read("report.css")),
        script=Markup(_read("report.js")),
        decode=Markup(assets.read("decode.html")),
        modules=Markup(json.dumps(assets.import_map())),
        series=SERIES,
    )


def _read(name):
    return (HERE / name).read_text("utf-8")


def _bytes(size):
    """Formats a size, e.g. 15.1 B, or 96 B for a whole file."""
    return f"{size:.1f} B" if size < 100 and size != int(size) else f"{size:,.0f} B"
