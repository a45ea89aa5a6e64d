"""Builds the guide as a site: `make docs`."""

import inspect
import os
import re

project = html_title = "image-compressor"
html_theme = "furo"
html_static_path, html_css_files = ["_static"], ["narrow.css"]
html_show_copyright = False
html_copy_source = False
html_show_search_summary = False  # fetches pages, which a browser refuses to those of a directory

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3  # so that pages can link to sections, as they can on GitHub

default_role = "code"  # in docstrings `name` is code
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # as they stand in the code: `progress=iter`
autodoc_typehints = "none"  # the text says which shapes are taken
autodoc_mock_imports = ["tensorflow"]  # takes ten seconds to load
os.environ["KERAS_BACKEND"] = "numpy"


def setup(app):
    app.connect("autodoc-process-signature", _show_arguments)
    app.connect("autodoc-process-docstring", _show_code, priority=400)  # Napoleon has 500


def _show_code(app, what, name, obj, options, lines):
    """Marks indented examples as code: reStructuredText wants two colons before them."""
    text = re.sub(r"(?m)^( *)Example:\n", r"\1Example::\n\n", "\n".join(lines))
    lines[:] = re.sub(r"(?m)^( *)(.*[^:]):\n\n(?=\1 +\S)", r"\1\2::\n\n", text).split("\n")


def _show_arguments(app, what, name, obj, options, signature, returns):
    """Shows the arguments of a Keras model, which are lost behind Model.__new__."""
    if what == "class" and signature == "(*args, **kwargs)":
        signature = str(inspect.signature(obj.__init__)).replace("(self, ", "(")
    return signature, returns
