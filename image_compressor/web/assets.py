"""Files for pages: a style sheet, and a decoder for .imgc files in JavaScript."""

import base64
from pathlib import Path

WEB = Path(__file__).parent
MODULES = "imgc/"  # the prefix with which the modules import each other


def read(name: str) -> str:
    """The text of a file of this package: style.css, decode.css, decode.html or a module."""
    return (WEB / name).read_text("utf-8")


def import_map() -> dict[str, dict[str, str]]:
    """The import map for a stand-alone page, with all modules as data: URLs.

    Example: f'<script type="importmap">{json.dumps(import_map())}</script>', then
        {read("decode.html")}
        <script id="codec-tables" type="application/octet-stream;base64">...</script>
        <script id="codec-decoder" type="application/octet-stream;base64">...</script>
        <script type="module">import { start } from "imgc/decode.js"; start();</script>
    """
    paths = sorted(WEB.glob("*.js"))
    return {"imports": {MODULES + path.name: _data_url(path.read_bytes()) for path in paths}}


def _data_url(content):
    return f"data:text/javascript;base64,{base64.b64encode(content).decode('ascii')}"
